package millrace;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** From the values of a job to the arguments that main declares. */
final class Arguments {
    /** By name; one that is not given is null, or fails where null cannot be. */
    static Object[] choose(Method main, List<?> names, Map<?, ?> values) {
        Type[] types = main.getGenericParameterTypes();
        Object[] arguments = new Object[types.length];
        for (int index = 0; index < types.length; index++) {
            Object name = names.get(index);
            try {
                arguments[index] = convert(values.get(name), types[index]);
            } catch (RuntimeException error) {
                String problem = values.containsKey(name) ? error.getMessage() : "is not given";
                throw new Wrapper.Failure("ArgumentError", "argument \"" + name + "\" " + problem);
            }
        }
        return arguments;
    }

    private static Object convert(Object value, Type type) {
        if (type instanceof ParameterizedType) return convertGeneric(value, (ParameterizedType) type);
        if (type instanceof GenericArrayType) return toArray(value, ((GenericArrayType) type).getGenericComponentType());
        if (type instanceof WildcardType) return convert(value, ((WildcardType) type).getUpperBounds()[0]);
        if (type instanceof TypeVariable) return value;
        Class<?> plain = (Class<?>) type;
        if (value == null) {
            if (plain.isPrimitive()) throw new IllegalArgumentException("is null, but " + plain + " cannot be");
            return plain == Optional.class ? Optional.empty() : null;
        }
        if (plain == Object.class) return value;
        return convertPlain(value, plain);
    }

    private static Object convertPlain(Object value, Class<?> type) {
        switch (type.getSimpleName()) {
            case "String":
            case "CharSequence":
                return value instanceof String ? value : Json.write(value);
            case "char":
            case "Character":
                return expect(value, String.class, type).charAt(0);
            case "boolean":
            case "Boolean":
                return expect(value, Boolean.class, type);
            case "byte[]":
                return value instanceof String ? Base64.getDecoder().decode((String) value) : toArray(value, byte.class);
            case "UUID":
                return UUID.fromString(expect(value, String.class, type));
            default:
                break;
        }
        if (type.isArray()) return toArray(value, type.getComponentType());
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) return toNumber(value, type);
        if (value instanceof String && type.getName().startsWith("java.")) return toDate((String) value, type);
        if (Collection.class.isAssignableFrom(type) || type == Iterable.class) return toCollection(value, type, Object.class);
        if (type.isInstance(value)) return value;
        if (type.isEnum()) return toEnum(value, type);
        if (Map.class.isAssignableFrom(type)) return toMap(value, type, Object.class);
        return toObject(expect(value, Map.class, type), type);
    }

    private static Object convertGeneric(Object value, ParameterizedType type) {
        Class<?> raw = (Class<?>) type.getRawType();
        Type[] arguments = type.getActualTypeArguments();
        if (raw == Optional.class) return Optional.ofNullable(convert(value, arguments[0]));
        if (value == null) return null;
        if (Collection.class.isAssignableFrom(raw) || raw == Iterable.class) return toCollection(value, raw, arguments[0]);
        if (Map.class.isAssignableFrom(raw)) return toMap(value, raw, arguments[arguments.length - 1]);
        return convertPlain(value, raw);
    }

    private static Object toNumber(Object value, Class<?> type) {
        if (value instanceof String && (type == byte.class || type == Byte.class)) {
            return Base64.getDecoder().decode((String) value)[0];
        }
        BigDecimal number = new BigDecimal(expect(value, Number.class, type).toString());
        try {
            switch (type.getSimpleName()) {
                case "byte":
                case "Byte":
                    return number.byteValueExact();
                case "short":
                case "Short":
                    return number.shortValueExact();
                case "int":
                case "Integer":
                    return number.intValueExact();
                case "long":
                case "Long":
                    return number.longValueExact();
                case "float":
                case "Float":
                    return number.floatValue();
                case "double":
                case "Double":
                    return number.doubleValue();
                case "BigInteger":
                    return number.toBigIntegerExact();
                case "BigDecimal":
                    return number;
                default:
                    return value;
            }
        } catch (ArithmeticException error) {
            throw new IllegalArgumentException("is " + value + ", which " + type.getSimpleName() + " cannot hold");
        }
    }

    private static Object toDate(String text, Class<?> type) {
        try {
            if (type == LocalDate.class) return LocalDate.parse(text.substring(0, Math.min(10, text.length())));
            if (type == LocalDateTime.class && !text.matches(".*(Z|[+-]\\d\\d:?\\d\\d)$")) return LocalDateTime.parse(text);
            boolean isPoint = type == Instant.class || type == Date.class || type == OffsetDateTime.class
                    || type == ZonedDateTime.class || type == LocalDateTime.class;
            if (!isPoint) return type.cast(text);
            OffsetDateTime time = parseTime(text);
            if (type == Instant.class) return time.toInstant();
            if (type == Date.class) return Date.from(time.toInstant());
            if (type == ZonedDateTime.class) return time.toZonedDateTime();
            return type == LocalDateTime.class ? time.toLocalDateTime() : time;
        } catch (java.time.DateTimeException error) {
            throw new IllegalArgumentException("is \"" + text + "\", which is no " + type.getSimpleName());
        } catch (ClassCastException error) {
            throw new IllegalArgumentException("is a text, not " + type.getSimpleName());
        }
    }

    /** A time without a zone is one of UTC. */
    private static OffsetDateTime parseTime(String text) {
        if (text.length() == 10) return LocalDate.parse(text).atStartOfDay().atOffset(ZoneOffset.UTC);
        boolean hasZone = text.matches(".*(Z|[+-]\\d\\d:?\\d\\d)$");
        return hasZone ? OffsetDateTime.parse(text) : LocalDateTime.parse(text).atOffset(ZoneOffset.UTC);
    }

    private static Object toArray(Object value, Type element) {
        if (value == null) return null;
        List<?> items = expect(value, List.class, List.class);
        Type raw = element instanceof ParameterizedType ? ((ParameterizedType) element).getRawType() : element;
        Object array = Array.newInstance(raw instanceof Class ? (Class<?>) raw : Object.class, items.size());
        for (int index = 0; index < items.size(); index++) Array.set(array, index, convert(items.get(index), element));
        return array;
    }

    private static Object toCollection(Object value, Class<?> type, Type element) {
        List<Object> items = new ArrayList<>();
        for (Object item : expect(value, List.class, type)) items.add(convert(item, element));
        if (type.isAssignableFrom(ArrayList.class)) return items;
        return type.isAssignableFrom(LinkedHashSet.class) ? new LinkedHashSet<>(items) : make(type, Collection.class, items);
    }

    private static Object toMap(Object value, Class<?> type, Type element) {
        Map<Object, Object> entries = new LinkedHashMap<>();
        Map<?, ?> given = expect(value, Map.class, type);
        given.forEach((key, item) -> entries.put(key, convert(item, element)));
        return type.isAssignableFrom(LinkedHashMap.class) ? entries : make(type, Map.class, entries);
    }

    private static Object make(Class<?> type, Class<?> from, Object content) {
        try {
            return type.getConstructor(from).newInstance(content);
        } catch (ReflectiveOperationException error) {
            throw new IllegalArgumentException("cannot be made a " + type.getSimpleName());
        }
    }

    private static Object toEnum(Object value, Class<?> type) {
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(value)) return constant;
        }
        throw new IllegalArgumentException("is " + Json.write(value) + ", which is no " + type.getSimpleName());
    }

    /** A record by its components, any other class by its fields. */
    private static Object toObject(Map<?, ?> values, Class<?> type) {
        try {
            if (type.isRecord()) {
                RecordComponent[] components = type.getRecordComponents();
                Class<?>[] types = new Class<?>[components.length];
                Object[] arguments = new Object[components.length];
                for (int index = 0; index < components.length; index++) {
                    types[index] = components[index].getType();
                    arguments[index] = convert(values.get(components[index].getName()), components[index].getGenericType());
                }
                Constructor<?> constructor = type.getDeclaredConstructor(types);
                constructor.setAccessible(true);
                return constructor.newInstance(arguments);
            }
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            Object object = constructor.newInstance();
            for (Field field : type.getDeclaredFields()) {
                if (!values.containsKey(field.getName())) continue;
                field.setAccessible(true);
                field.set(object, convert(values.get(field.getName()), field.getGenericType()));
            }
            return object;
        } catch (ReflectiveOperationException error) {
            throw new IllegalArgumentException("cannot be made a " + type.getSimpleName() + ": " + error);
        }
    }

    private static <T> T expect(Object value, Class<T> kind, Class<?> type) {
        if (kind.isInstance(value)) return kind.cast(value);
        String given = Json.write(value);
        String shown = given.length() > 100 ? given.substring(0, 100) + "…" : given;
        throw new IllegalArgumentException("is " + shown + ", which is no " + type.getSimpleName());
    }

    private Arguments() {}
}
