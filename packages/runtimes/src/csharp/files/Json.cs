using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;

namespace Millrace
{
    /// <summary>Objects as Dictionary, lists as List, numbers as long, decimal or double.</summary>
    internal static class Json
    {
        private const int DepthMax = 200;

        public static object Parse(string text)
        {
            return new JsonReader(text).Read();
        }

        public static string Write(object value)
        {
            var text = new StringBuilder();
            Write(value, text, 0);
            return text.ToString();
        }

        private static void Write(object value, StringBuilder text, int depth)
        {
            if (depth > DepthMax) throw new Failure("ResultError", "the result is no JSON: it contains itself");
            if (value == null) text.Append("null");
            else if (value is string) WriteText((string)value, text);
            else if (value is bool) text.Append((bool)value ? "true" : "false");
            else if (value is Enum || value is char || value is Guid || value is TimeSpan || value is Uri || value is Type)
                WriteText(value.ToString(), text);
            else if (value is DateTime) WriteText(((DateTime)value).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK"), text);
            else if (value is DateTimeOffset) WriteText(((DateTimeOffset)value).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK"), text);
            else if (value is byte[]) WriteText(Convert.ToBase64String((byte[])value), text);
            else if (value is double || value is float) WriteReal(Convert.ToDouble(value), (IFormattable)value, text);
            else if (IsNumber(value)) text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
            else if (value is IDictionary) WriteDictionary((IDictionary)value, text, depth);
            else if (value is Stream || value is Delegate) throw NotJson(value.GetType().Name);
            else if (value is IEnumerable) WriteList((IEnumerable)value, text, depth);
            else WriteMembers(value, text, depth);
        }

        private static bool IsNumber(object value)
        {
            return value is IFormattable && (value.GetType().IsPrimitive || value is decimal || value is System.Numerics.BigInteger);
        }

        private static void WriteReal(double real, IFormattable value, StringBuilder text)
        {
            if (double.IsNaN(real) || double.IsInfinity(real)) throw NotJson(real.ToString(CultureInfo.InvariantCulture));
            text.Append(value.ToString("R", CultureInfo.InvariantCulture));
        }

        private static Failure NotJson(string what)
        {
            return new Failure("ResultError", "the result is no JSON: " + what);
        }

        private static void WriteDictionary(IDictionary entries, StringBuilder text, int depth)
        {
            text.Append('{');
            var isFirst = true;
            foreach (DictionaryEntry entry in entries)
            {
                if (!isFirst) text.Append(',');
                isFirst = false;
                WriteText(Convert.ToString(entry.Key, CultureInfo.InvariantCulture), text);
                text.Append(':');
                Write(entry.Value, text, depth + 1);
            }
            text.Append('}');
        }

        private static void WriteList(IEnumerable items, StringBuilder text, int depth)
        {
            text.Append('[');
            var isFirst = true;
            foreach (var item in items)
            {
                if (!isFirst) text.Append(',');
                isFirst = false;
                Write(item, text, depth + 1);
            }
            text.Append(']');
        }

        private static void WriteMembers(object value, StringBuilder text, int depth)
        {
            var members = new Dictionary<string, object>();
            var flags = BindingFlags.Instance | BindingFlags.Public;
            foreach (var field in value.GetType().GetFields(flags)) members[field.Name] = field.GetValue(value);
            foreach (var property in value.GetType().GetProperties(flags))
            {
                if (!property.CanRead || property.GetIndexParameters().Length > 0) continue;
                try
                {
                    members[property.Name] = property.GetValue(value);
                }
                catch (TargetInvocationException thrown)
                {
                    throw NotJson(property.Name + " threw " + thrown.InnerException.Message);
                }
            }
            WriteDictionary(members, text, depth);
        }

        private static void WriteText(string value, StringBuilder text)
        {
            text.Append('"');
            for (var index = 0; index < value.Length; index++)
            {
                var sign = value[index];
                if (sign == '"' || sign == '\\') text.Append('\\').Append(sign);
                else if (sign == '\n') text.Append("\\n");
                else if (sign < ' ' || IsLone(value, index)) text.Append("\\u").Append(((int)sign).ToString("x4"));
                else text.Append(sign);
            }
            text.Append('"');
        }

        /// <summary>Half of a sign, which has no bytes in UTF-8.</summary>
        private static bool IsLone(string value, int index)
        {
            if (!char.IsSurrogate(value[index])) return false;
            var isFirst = index + 1 < value.Length && char.IsSurrogatePair(value[index], value[index + 1]);
            return !isFirst && !(index > 0 && char.IsSurrogatePair(value[index - 1], value[index]));
        }
    }

    /// <summary>Reads what our side wrote: it is JSON.</summary>
    internal sealed class JsonReader
    {
        private readonly string text;
        private int at;

        public JsonReader(string text)
        {
            this.text = text;
        }

        public object Read()
        {
            switch (text[at])
            {
                case '{': return ReadObject();
                case '[': return ReadList();
                case '"': return ReadText();
                case 't': at += 4; return true;
                case 'f': at += 5; return false;
                case 'n': at += 4; return null;
                default: return ReadNumber();
            }
        }

        private Dictionary<string, object> ReadObject()
        {
            var entries = new Dictionary<string, object>();
            for (at++; text[at] != '}'; at += text[at] == ',' ? 1 : 0)
            {
                var key = ReadText();
                at++;
                entries[key] = Read();
            }
            at++;
            return entries;
        }

        private List<object> ReadList()
        {
            var items = new List<object>();
            for (at++; text[at] != ']'; at += text[at] == ',' ? 1 : 0) items.Add(Read());
            at++;
            return items;
        }

        private string ReadText()
        {
            var said = new StringBuilder();
            for (at++; text[at] != '"'; at++)
            {
                if (text[at] != '\\')
                {
                    said.Append(text[at]);
                    continue;
                }
                at++;
                if (text[at] == 'u')
                {
                    said.Append((char)int.Parse(text.Substring(at + 1, 4), NumberStyles.HexNumber));
                    at += 4;
                    continue;
                }
                var place = "bfnrt".IndexOf(text[at]);
                said.Append(place < 0 ? text[at] : "\b\f\n\r\t"[place]);
            }
            at++;
            return said.ToString();
        }

        private object ReadNumber()
        {
            var start = at;
            while (at < text.Length && "+-.eE0123456789".IndexOf(text[at]) >= 0) at++;
            var digits = text.Substring(start, at - start);
            long whole;
            if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole)) return whole;
            return double.Parse(digits, CultureInfo.InvariantCulture);
        }
    }
}
