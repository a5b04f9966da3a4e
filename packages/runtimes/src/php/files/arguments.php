<?php
// From the values of a job to the arguments that `main` declares.
namespace Millrace\Wrapper;

/** By name: what is not given is left to its default, or null where it may be. */
function chooseArguments(\ReflectionFunctionAbstract $function, \stdClass $values): array
{
    $chosen = [];
    foreach ($function->getParameters() as $parameter) {
        $name = $parameter->getName();
        if ($parameter->isVariadic()) {
            $others = array_diff_key(get_object_vars($values), $chosen);
            $chosen += array_filter($others, 'is_string', ARRAY_FILTER_USE_KEY);
            continue;
        }
        $isGiven = property_exists($values, $name);
        $value = $isGiven ? $values->{$name} : null;
        if ($parameter->isDefaultValueAvailable() && (!$isGiven || ($value === null && !$parameter->allowsNull()))) {
            continue;
        }
        if (!$isGiven && !$parameter->allowsNull()) {
            $number = $parameter->getPosition() + 1;
            throw new \ArgumentCountError("{$function->getName()}(): Argument #$number (\$$name) not passed");
        }
        $chosen[$name] = convert($value, $parameter->getType());
        if ($parameter->isPassedByReference()) {
            $references[$name] = $chosen[$name];
            $chosen[$name] = &$references[$name];
        }
    }
    return $chosen;
}

/** What JSON cannot carry is made from what it can: arrays with keys, dates, enumerations, objects of a class. */
function convert(mixed $value, ?\ReflectionType $type): mixed
{
    if ($value === null || !$type instanceof \ReflectionNamedType) {
        return $value;
    }
    $name = $type->getName();
    if ($name === 'array' && $value instanceof \stdClass) {
        return get_object_vars($value);
    }
    if ($type->isBuiltin() || is_a($value, $name)) {
        return $value;
    }
    if (enum_exists($name)) {
        return toCase($value, new \ReflectionEnum($name));
    }
    if (is_string($value) && is_a($name, \DateTimeInterface::class, true)) {
        return $name === \DateTimeInterface::class ? new \DateTimeImmutable($value) : new $name($value);
    }
    return $value instanceof \stdClass ? toObject($value, $name) : $value;
}

function toCase(mixed $value, \ReflectionEnum $enum): mixed
{
    if ($enum->isBacked()) {
        return $enum->getName()::from($value);
    }
    return is_string($value) && $enum->isCase($value) ? $enum->getCase($value)->getValue() : $value;
}

function toObject(\stdClass $value, string $name): object
{
    if (!class_exists($name) && !interface_exists($name)) {
        declareResource($name);
    }
    $class = new \ReflectionClass($name);
    if (!$class->isUserDefined() || !$class->isInstantiable()) {
        return $value;
    }
    $constructor = $class->getConstructor();
    $arguments = $constructor ? chooseArguments($constructor, $value) : [];
    $object = $class->newInstanceArgs($arguments);
    foreach (array_diff_key(get_object_vars($value), $arguments) as $key => $item) {
        $property = $class->hasProperty($key) ? $class->getProperty($key) : null;
        if ($property?->isPublic() && !$property->isReadOnly() && !$property->isStatic()) {
            $object->{$key} = convert($item, $property->getType());
        } elseif (!$property && $object instanceof \stdClass) {
            $object->{$key} = $item;
        }
    }
    return $object;
}

/** The type of a parameter may name a type of resource that no class stands for: then one is made, of plain objects. */
function declareResource(string $name): void
{
    $parts = explode('\\', $name);
    $short = array_pop($parts);
    $namespace = $parts ? 'namespace ' . implode('\\', $parts) . '; ' : '';
    eval("{$namespace}class $short extends \\stdClass {}");
}
