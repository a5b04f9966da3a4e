using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;

namespace Millrace
{
    /// <summary>From the values of a job to the arguments that Main declares.</summary>
    internal static class Arguments
    {
        /// <summary>By name; one that is not given is its default, else null, or fails where null cannot be.</summary>
        public static object[] Choose(MethodInfo main, IDictionary<string, object> values)
        {
            return main.GetParameters().Select(parameter => ChooseOne(parameter, values)).ToArray();
        }

        private static object ChooseOne(ParameterInfo parameter, IDictionary<string, object> values)
        {
            object value;
            var isGiven = values.TryGetValue(parameter.Name, out value);
            if (!isGiven && parameter.HasDefaultValue) return parameter.DefaultValue;
            if (!isGiven && parameter.IsDefined(typeof(ParamArrayAttribute), false))
                return Array.CreateInstance(parameter.ParameterType.GetElementType(), 0);
            try
            {
                return Convert(value, parameter.ParameterType);
            }
            catch (Mismatch problem)
            {
                var said = isGiven ? problem.Message : "is not given";
                throw new Failure("ArgumentError", "argument \"" + parameter.Name + "\" " + said);
            }
        }

        private static object Convert(object value, Type type)
        {
            var inner = Nullable.GetUnderlyingType(type);
            if (value == null)
            {
                if (type.IsValueType && inner == null) throw new Mismatch("is null, which " + NameOf(type) + " cannot be");
                return null;
            }
            if (inner != null) return Convert(value, inner);
            if (type == typeof(object) || type.IsGenericParameter) return value;
            if (type == typeof(string)) return value is string ? value : Json.Write(value);
            if (type == typeof(bool)) return Expect<bool>(value, type);
            if (type.IsEnum) return ToEnum(value, type);
            if (type == typeof(byte) && value is string) return FromBase64((string)value, type).FirstOrDefault();
            if (type == typeof(byte[]) && value is string) return FromBase64((string)value, type);
            if (IsNumber(type)) return ToNumber(value, type);
            if (value is string) return FromText((string)value, type);
            if (type.IsArray) return ToArray(value, type.GetElementType(), type);
            var element = ElementOf(type, typeof(IDictionary<,>), 1) ?? ElementOf(type, typeof(IReadOnlyDictionary<,>), 1);
            if (element != null) return ToDictionary(value, type, element);
            element = ElementOf(type, typeof(IEnumerable<>), 0);
            if (element != null) return ToCollection(value, type, element);
            return type.IsInstanceOfType(value) ? value : ToObject(Expect<IDictionary<string, object>>(value, type), type);
        }

        private static bool IsNumber(Type type)
        {
            return type == typeof(decimal) || type == typeof(System.Numerics.BigInteger)
                || (type.IsPrimitive && type != typeof(char) && type != typeof(bool));
        }

        private static object ToNumber(object value, Type type)
        {
            if (!(value is long) && !(value is double)) throw Mismatched(value, type);
            var isWhole = type != typeof(double) && type != typeof(float) && type != typeof(decimal);
            var cannotHold = new Mismatch("is " + Json.Write(value) + ", which " + NameOf(type) + " cannot hold");
            if (isWhole && value is double && Math.Floor((double)value) != (double)value) throw cannotHold;
            try
            {
                if (type != typeof(System.Numerics.BigInteger))
                    return System.Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
                return value is long ? (System.Numerics.BigInteger)(long)value : (System.Numerics.BigInteger)(double)value;
            }
            catch (OverflowException)
            {
                throw cannotHold;
            }
        }

        /// <summary>A time without a zone is one of UTC.</summary>
        private static object FromText(string text, Type type)
        {
            var invariant = CultureInfo.InvariantCulture;
            try
            {
                if (type == typeof(char)) return char.Parse(text);
                if (type == typeof(Guid)) return Guid.Parse(text);
                if (type == typeof(Uri)) return new Uri(text, UriKind.RelativeOrAbsolute);
                if (type == typeof(TimeSpan)) return TimeSpan.Parse(text, invariant);
                if (type == typeof(DateTimeOffset)) return DateTimeOffset.Parse(text, invariant, DateTimeStyles.AssumeUniversal);
                if (type == typeof(DateTime))
                    return DateTime.Parse(text, invariant, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
            }
            catch (FormatException)
            {
                throw Mismatched(text, type);
            }
            if (type.IsInstanceOfType(text)) return text;
            throw Mismatched(text, type);
        }

        private static byte[] FromBase64(string text, Type type)
        {
            try
            {
                return System.Convert.FromBase64String(text);
            }
            catch (FormatException)
            {
                throw new Mismatch("is no base64, which " + NameOf(type) + " arrives as");
            }
        }

        private static Array ToArray(object value, Type element, Type type)
        {
            var items = Expect<List<object>>(value, type);
            var array = Array.CreateInstance(element, items.Count);
            for (var index = 0; index < items.Count; index++) array.SetValue(Convert(items[index], element), index);
            return array;
        }

        private static object ToCollection(object value, Type type, Type element)
        {
            var array = ToArray(value, element, type);
            if (type.IsInstanceOfType(array)) return array;
            var list = typeof(List<>).MakeGenericType(element);
            return Make(type.IsAssignableFrom(list) ? list : type, type, array);
        }

        private static object ToDictionary(object value, Type type, Type element)
        {
            var target = typeof(Dictionary<,>).MakeGenericType(typeof(string), element);
            var entries = (IDictionary)Activator.CreateInstance(target);
            foreach (var entry in Expect<IDictionary<string, object>>(value, type))
                entries[entry.Key] = Convert(entry.Value, element);
            return type.IsInstanceOfType(entries) ? entries : Make(type, type, entries);
        }

        private static object Make(Type made, Type asked, object content)
        {
            try
            {
                return Activator.CreateInstance(made, content);
            }
            catch (MemberAccessException)
            {
                throw new Mismatch("cannot be made a " + NameOf(asked));
            }
        }

        private static object ToEnum(object value, Type type)
        {
            var name = value as string;
            if (name != null && Enum.IsDefined(type, name)) return Enum.Parse(type, name);
            if (value is long) return Enum.ToObject(type, (long)value);
            throw Mismatched(value, type);
        }

        /// <summary>By its properties and fields, or by its constructor where it has none without parameters.</summary>
        private static object ToObject(IDictionary<string, object> values, Type type)
        {
            var byName = new Dictionary<string, object>(values, StringComparer.OrdinalIgnoreCase);
            var flags = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
            var constructors = type.GetConstructors(flags).OrderBy(each => each.GetParameters().Length).ToArray();
            if (type.IsAbstract) throw new Mismatch("cannot be made a " + NameOf(type));
            object made;
            if (type.IsValueType) made = Activator.CreateInstance(type);
            else made = constructors[0].Invoke(Choose(constructors[0], byName));
            foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
                if (property.CanWrite && byName.ContainsKey(property.Name))
                    property.SetValue(made, Convert(byName[property.Name], property.PropertyType));
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public))
                if (byName.ContainsKey(field.Name)) field.SetValue(made, Convert(byName[field.Name], field.FieldType));
            return made;
        }

        private static object[] Choose(ConstructorInfo constructor, IDictionary<string, object> values)
        {
            return constructor.GetParameters().Select(parameter => ChooseOne(parameter, values)).ToArray();
        }

        private static Type ElementOf(Type type, Type shape, int place)
        {
            var shapes = type.IsInterface ? type.GetInterfaces().Concat(new[] { type }) : type.GetInterfaces();
            var found = shapes.FirstOrDefault(each => each.IsGenericType && each.GetGenericTypeDefinition() == shape);
            return found == null ? null : found.GetGenericArguments()[place];
        }

        private static T Expect<T>(object value, Type type)
        {
            if (value is T) return (T)value;
            throw Mismatched(value, type);
        }

        private static Mismatch Mismatched(object value, Type type)
        {
            var given = Json.Write(value);
            var shown = given.Length > 100 ? given.Substring(0, 100) + "…" : given;
            return new Mismatch("is " + shown + ", which is no " + NameOf(type));
        }

        private static readonly Dictionary<Type, string> Names = new Dictionary<Type, string>
        {
            { typeof(int), "int" }, { typeof(long), "long" }, { typeof(short), "short" }, { typeof(byte), "byte" },
            { typeof(float), "float" }, { typeof(double), "double" }, { typeof(decimal), "decimal" },
            { typeof(bool), "bool" }, { typeof(char), "char" }, { typeof(string), "string" },
        };

        private static string NameOf(Type type)
        {
            string name;
            return Names.TryGetValue(type, out name) ? name : type.Name.Split('`')[0];
        }

        private sealed class Mismatch : Exception
        {
            public Mismatch(string message) : base(message) { }
        }
    }
}
