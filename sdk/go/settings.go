package scorebox

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// setting is a field of a struct of settings.
type setting struct {
	name, about string
	index       int
	// value is the default as JSON; optional fields without one stay zero.
	value    string
	optional bool
	oneOf    []string
	kind     reflect.Type
}

// parseSettings reads text as S; the failure names the field and what was expected there.
func parseSettings[S any](text string) (settings S, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return settings, FailSettings("not JSON: %v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return settings, FailSettings("not JSON: something stands behind the object")
	}
	if _, isObject := value.(map[string]any); !isObject {
		return settings, FailSettings("write an object of fields")
	}
	err = read(value, reflect.ValueOf(&settings).Elem(), "", nil)
	return settings, err
}

func settingsSchema[S any]() map[string]any {
	kind := reflect.TypeFor[S]()
	schema := schemaOf(kind, nil)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = kind.Name()
	return schema
}

func fieldsOf(kind reflect.Type) []setting {
	var fields []setting
	for index := range kind.NumField() {
		field := kind.Field(index)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" {
			name = field.Name
		}
		value, hasValue := field.Tag.Lookup("default")
		var oneOf []string
		if list, has := field.Tag.Lookup("oneof"); has {
			oneOf = strings.Split(list, ",")
		}
		optional := hasValue || field.Type.Kind() == reflect.Pointer
		fields = append(fields, setting{name, field.Tag.Get("about"), index, value, optional, oneOf, field.Type})
	}
	return fields
}

func schemaOf(kind reflect.Type, oneOf []string) map[string]any {
	switch kind.Kind() {
	case reflect.Pointer:
		return map[string]any{"anyOf": []any{schemaOf(kind.Elem(), oneOf), map[string]any{"type": "null"}}}
	case reflect.Struct:
		properties, required := map[string]any{}, []string{}
		for _, field := range fieldsOf(kind) {
			schema := schemaOf(field.kind, field.oneOf)
			if field.about != "" {
				schema["description"] = field.about
			}
			if field.value != "" {
				schema["default"] = json.RawMessage(field.value)
			}
			properties[field.name] = schema
			if !field.optional {
				required = append(required, field.name)
			}
		}
		schema := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
		if len(required) > 0 {
			schema["required"] = required
		}
		return schema
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(kind.Elem(), oneOf)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(kind.Elem(), oneOf)}
	case reflect.String:
		if oneOf != nil {
			return map[string]any{"type": "string", "enum": oneOf}
		}
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64, reflect.Float32:
		return map[string]any{"type": "number"}
	default:
		if kind.Kind() >= reflect.Int && kind.Kind() <= reflect.Uint64 {
			return map[string]any{"type": "integer"}
		}
		panic(fmt.Sprintf("%v is no type for settings", kind))
	}
}

func read(value any, into reflect.Value, path string, oneOf []string) error {
	wrong := func(expected string) error {
		return mistake(path, fmt.Sprintf("invalid type: %s, expected %s", shown(value), expected))
	}
	switch kind := into.Kind(); kind {
	case reflect.Pointer:
		if value == nil {
			return nil
		}
		into.Set(reflect.New(into.Type().Elem()))
		return read(value, into.Elem(), path, oneOf)
	case reflect.Struct:
		object, fits := value.(map[string]any)
		if !fits {
			return wrong("an object")
		}
		return readFields(object, into, path)
	case reflect.Slice:
		list, fits := value.([]any)
		if !fits {
			return wrong("a sequence")
		}
		into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
		for index, item := range list {
			if err := read(item, into.Index(index), fmt.Sprintf("%s[%d]", path, index), oneOf); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		object, fits := value.(map[string]any)
		if !fits {
			return wrong("a map")
		}
		into.Set(reflect.MakeMap(into.Type()))
		for _, key := range slices.Sorted(maps.Keys(object)) {
			item := reflect.New(into.Type().Elem()).Elem()
			if err := read(object[key], item, under(path, key), oneOf); err != nil {
				return err
			}
			into.SetMapIndex(reflect.ValueOf(key), item)
		}
		return nil
	case reflect.String:
		text, fits := value.(string)
		if !fits {
			return wrong("a string")
		}
		if oneOf != nil && !slices.Contains(oneOf, text) {
			return mistake(path, fmt.Sprintf("unknown variant `%s`, %s", text, expected(oneOf)))
		}
		into.SetString(text)
		return nil
	case reflect.Bool:
		flag, fits := value.(bool)
		if !fits {
			return wrong("a boolean")
		}
		into.SetBool(flag)
		return nil
	default:
		number, fits := value.(json.Number)
		if !fits {
			if into.CanFloat() {
				return wrong("a number")
			}
			return wrong("an integer")
		}
		if !readNumber(number.String(), into) {
			return wrong("an integer from " + into.Type().String())
		}
		return nil
	}
}

func readNumber(text string, into reflect.Value) bool {
	bits := into.Type().Bits()
	switch {
	case into.CanFloat():
		number, err := strconv.ParseFloat(text, bits)
		into.SetFloat(number)
		return err == nil
	case into.CanInt():
		number, err := strconv.ParseInt(text, 10, bits)
		into.SetInt(number)
		return err == nil
	default:
		number, err := strconv.ParseUint(text, 10, bits)
		into.SetUint(number)
		return err == nil
	}
}

func readFields(object map[string]any, into reflect.Value, path string) error {
	fields := fieldsOf(into.Type())
	names := make([]string, len(fields))
	for index, field := range fields {
		names[index] = field.name
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		at := slices.Index(names, name)
		if at < 0 {
			return mistake(under(path, name), fmt.Sprintf("unknown field `%s`, %s", name, expected(names)))
		}
		if err := read(object[name], into.Field(fields[at].index), under(path, name), fields[at].oneOf); err != nil {
			return err
		}
	}
	for _, field := range fields {
		if _, given := object[field.name]; given {
			continue
		}
		if !field.optional {
			return mistake(path, fmt.Sprintf("missing field `%s`", field.name))
		}
		if field.value != "" {
			if err := json.Unmarshal([]byte(field.value), into.Field(field.index).Addr().Interface()); err != nil {
				return Failed("the default of %s is wrong: %v", field.name, err)
			}
		}
	}
	return nil
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func mistake(path, reason string) error {
	if path != "" {
		reason = path + ": " + reason
	}
	return &Failure{InvalidSettings, reason}
}

func expected(names []string) string {
	switch len(names) {
	case 0:
		return "there are no fields"
	case 1, 2:
		return "expected `" + strings.Join(names, "` or `") + "`"
	default:
		return "expected one of `" + strings.Join(names, "`, `") + "`"
	}
}

func shown(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprintf("boolean `%t`", value)
	case json.Number:
		if strings.ContainsAny(value.String(), ".eE") {
			return fmt.Sprintf("floating point `%s`", value)
		}
		return fmt.Sprintf("integer `%s`", value)
	case string:
		return "string " + strconv.Quote(value)
	case []any:
		return "sequence"
	default:
		return "map"
	}
}
