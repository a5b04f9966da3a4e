package millrace;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Calendar;
import java.util.Date;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.BaseStream;

/** JSON to maps, lists, texts, numbers and back; what is none of these is written by its components, getters and fields. */
final class Json {
    private static final int DEPTH_MAX = 1000;
    /** Trees of JSON of the usual libraries: their text is JSON. */
    private static final Set<String> TREES = Set.of(
            "org.json.JSONObject", "org.json.JSONArray", "com.google.gson.JsonElement", "com.fasterxml.jackson.databind.JsonNode");

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Object parse(String text) {
        Json reader = new Json(text);
        return reader.readValue();
    }

    static String write(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out, 0);
        return out.toString();
    }

    private Object readValue() {
        skipSpace();
        char next = text.charAt(at);
        switch (next) {
            case '{':
                return readObject();
            case '[':
                return readList();
            case '"':
                return readText();
            case 't':
                at += 4;
                return true;
            case 'f':
                at += 5;
                return false;
            case 'n':
                at += 4;
                return null;
            default:
                return readNumber();
        }
    }

    private Map<String, Object> readObject() {
        Map<String, Object> object = new LinkedHashMap<>();
        at++;
        for (skipSpace(); text.charAt(at) != '}'; skipSpace()) {
            if (text.charAt(at) == ',') at++;
            skipSpace();
            String key = readText();
            skipSpace();
            at++;
            object.put(key, readValue());
        }
        at++;
        return object;
    }

    private List<Object> readList() {
        List<Object> list = new ArrayList<>();
        at++;
        for (skipSpace(); text.charAt(at) != ']'; skipSpace()) {
            if (text.charAt(at) == ',') at++;
            list.add(readValue());
        }
        at++;
        return list;
    }

    private String readText() {
        int start = ++at;
        while (text.charAt(at) != '"' && text.charAt(at) != '\\') at++;
        if (text.charAt(at) == '"') return text.substring(start, at++);
        StringBuilder whole = new StringBuilder().append(text, start, at);
        for (char next = text.charAt(at); next != '"'; next = text.charAt(++at)) {
            whole.append(next == '\\' ? readEscape() : next);
        }
        at++;
        return whole.toString();
    }

    private char readEscape() {
        char escape = text.charAt(++at);
        int simple = "bfnrt".indexOf(escape);
        if (simple >= 0) return "\b\f\n\r\t".charAt(simple);
        if (escape != 'u') return escape;
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 3, at + 1), 16);
    }

    private Object readNumber() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
        String number = text.substring(start, at);
        if (number.isEmpty()) throw new IllegalArgumentException("the input is no JSON");
        if (number.matches("-?\\d+")) {
            return number.length() < 19 ? (Object) Long.valueOf(number) : shorten(new BigInteger(number));
        }
        return Double.valueOf(number);
    }

    private static Object shorten(BigInteger number) {
        return number.bitLength() < 64 ? (Object) number.longValue() : number;
    }

    private void skipSpace() {
        while (text.charAt(at) <= ' ') at++;
    }

    private static void write(Object value, StringBuilder out, int depth) {
        if (depth > DEPTH_MAX) throw notJson("it is nested too deeply, or contains itself");
        if (value == null) out.append("null");
        else if (value instanceof CharSequence || value instanceof Character || value instanceof Enum) writeText(nameOf(value), out);
        else if (value instanceof Boolean) out.append(value);
        else if (value instanceof Number) writeNumber((Number) value, out);
        else if (value instanceof Map) writeMap((Map<?, ?>) value, out, depth);
        else if (value instanceof byte[]) writeText(Base64.getEncoder().encodeToString((byte[]) value), out);
        else if (value.getClass().isArray()) writeList(asList(value).iterator(), out, depth);
        else if (isTree(value.getClass())) out.append(value);
        else if (value instanceof Iterable && !(value instanceof java.nio.file.Path)) writeList(((Iterable<?>) value).iterator(), out, depth);
        else if (value instanceof Iterator) writeList((Iterator<?>) value, out, depth);
        else if (value instanceof BaseStream) writeList(((BaseStream<?, ?>) value).iterator(), out, depth);
        else if (value instanceof Optional) write(((Optional<?>) value).orElse(null), out, depth);
        else if (value instanceof Date) writeText(((Date) value).toInstant().toString(), out);
        else if (value instanceof Calendar) writeText(((Calendar) value).toInstant().toString(), out);
        else if (value.getClass().getName().startsWith("java.")) writeText(value.toString(), out);
        else writeMap(membersOf(value), out, depth);
    }

    private static String nameOf(Object value) {
        return value instanceof Enum ? ((Enum<?>) value).name() : value.toString();
    }

    private static void writeNumber(Number number, StringBuilder out) {
        if ((number instanceof Double || number instanceof Float) && !Double.isFinite(number.doubleValue())) {
            throw notJson(number + " is no number of JSON");
        }
        boolean isPlain = number.getClass().getName().startsWith("java.lang.")
                || number instanceof BigInteger || number instanceof BigDecimal;
        out.append(isPlain || number.toString().matches("-?\\d+") ? number.toString() : Double.toString(number.doubleValue()));
    }

    private static void writeMap(Map<?, ?> map, StringBuilder out, int depth) {
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(separator);
            writeText(entry.getKey() == null ? "null" : nameOf(entry.getKey()), out);
            out.append(':');
            write(entry.getValue(), out, depth + 1);
            separator = ",";
        }
        out.append(map.isEmpty() ? "{}" : "}");
    }

    private static void writeList(Iterator<?> items, StringBuilder out, int depth) {
        out.append('[');
        for (boolean isFirst = true; items.hasNext(); isFirst = false) {
            if (!isFirst) out.append(',');
            write(items.next(), out, depth + 1);
        }
        out.append(']');
    }

    private static void writeText(String text, StringBuilder out) {
        out.append('"');
        for (int index = 0; index < text.length(); index++) {
            char next = text.charAt(index);
            int simple = "\"\\\b\f\n\r\t".indexOf(next);
            boolean isAlone = Character.isSurrogate(next) && !isPaired(text, index);
            if (simple >= 0) out.append('\\').append("\"\\bfnrt".charAt(simple));
            else if (next < ' ' || isAlone) out.append(String.format("\\u%04x", (int) next));
            else out.append(next);
        }
        out.append('"');
    }

    private static boolean isPaired(String text, int index) {
        if (Character.isHighSurrogate(text.charAt(index))) {
            return index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1));
        }
        return index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
    }

    private static List<Object> asList(Object array) {
        List<Object> list = new ArrayList<>();
        for (int index = 0; index < Array.getLength(array); index++) list.add(Array.get(array, index));
        return list;
    }

    private static boolean isTree(Class<?> type) {
        for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            if (TREES.contains(each.getName())) return true;
        }
        return false;
    }

    /** The components of a record, or the public getters and fields of any other object. */
    private static Map<String, Object> membersOf(Object value) {
        Map<String, Object> members = new LinkedHashMap<>();
        try {
            if (value.getClass().isRecord()) {
                for (RecordComponent component : value.getClass().getRecordComponents()) {
                    component.getAccessor().setAccessible(true);
                    members.put(component.getName(), component.getAccessor().invoke(value));
                }
                return members;
            }
            for (Field field : value.getClass().getFields()) {
                if (Modifier.isStatic(field.getModifiers())) continue;
                field.setAccessible(true);
                members.put(field.getName(), field.get(value));
            }
            for (Method method : value.getClass().getMethods()) {
                String name = propertyOf(method);
                if (name == null) continue;
                method.setAccessible(true);
                members.putIfAbsent(name, method.invoke(value));
            }
            return members;
        } catch (ReflectiveOperationException | RuntimeException error) {
            throw notJson("an object of " + value.getClass().getName() + " cannot be read: " + error);
        }
    }

    private static String propertyOf(Method method) {
        String name = method.getName();
        boolean isGetter = name.matches("(get|is)\\p{Lu}.*") && method.getParameterCount() == 0;
        if (!isGetter || Modifier.isStatic(method.getModifiers()) || method.getDeclaringClass() == Object.class) return null;
        String rest = name.substring(name.startsWith("is") ? 2 : 3);
        return Character.toLowerCase(rest.charAt(0)) + rest.substring(1);
    }

    private static Wrapper.Failure notJson(String why) {
        return new Wrapper.Failure("ExecutionErr", "main returned a value that is no JSON: " + why);
    }
}
