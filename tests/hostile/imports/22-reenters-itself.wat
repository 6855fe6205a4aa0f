;; Row 22: a component whose `evaluate` calls its own exported `evaluate`, by lowering the function that it lifts. The
;; component model lets nobody enter an instance that is under way.
(component
  (type $role (enum "system" "user" "assistant" "tool"))
  (type $tool-call (record (field "id" string) (field "name" string) (field "arguments" string)))
  (type $message (record (field "role" $role) (field "content" string) (field "tool-calls" (list $tool-call))))
  (type $sample (record
    (field "id" string) (field "input" string) (field "output" string) (field "expected" (option string))
    (field "context" (list string)) (field "conversation" (list $message)) (field "metadata" string)))
  (type $verdict (enum "pass" "fail" "unjudged"))
  (type $field (variant (case "input") (case "output") (case "context" u32)))
  (type $span (record (field "field" $field) (field "start" u32) (field "end" u32)))
  (type $finding (record (field "rule" string) (field "message" string) (field "location" (option $span))))
  (type $score (record
    (field "value" f64) (field "verdict" $verdict) (field "summary" string)
    (field "findings" (list $finding)) (field "measures" (list (tuple string f64)))))
  (type $failure (variant (case "invalid-settings" string) (case "invalid-sample" string) (case "failed" string)))
  (type $kind (enum "metric" "constraint"))
  (type $need (enum "input" "expected" "context" "conversation"))
  (type $descriptor (record
    (field "name" string) (field "version" string) (field "summary" string) (field "kind" $kind)
    (field "settings-schema" string) (field "range" (option (tuple f64 f64))) (field "higher-is-better" bool)
    (field "needs" (list $need))))

  ;; Where `evaluate` finds itself: a table that is filled once it exists.
  (core module $later
    (type $evaluate (func (param i32 i32)))
    (table (export "table") 1 funcref)
    (func (export "evaluate") (param i32 i32)
      (call_indirect (type $evaluate) (local.get 0) (local.get 1) (i32.const 0))))
  (core module $code
    (import "itself" "evaluate" (func $itself (param i32 i32)))
    (memory (export "memory") 1)
    (data (i32.const 1024) "hostile")
    (data (i32.const 1040) "1.0.0")
    (data (i32.const 1056) "{}")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
    (func (export "describe") (result i32)
      (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 7))
      (i32.store (i32.const 2056) (i32.const 1040)) (i32.store (i32.const 2060) (i32.const 5))
      (i32.store (i32.const 2076) (i32.const 1056)) (i32.store (i32.const 2080) (i32.const 2))
      (i32.const 2048))
    (func (export "configure") (param i32 i32) (result i32) (i32.const 3072))
    ;; A sample of empty texts lies at 4200.
    (func (export "evaluate")
      (param i32 i32) (param i32 i32) (param i32 i32) (param i32 i32 i32) (param i32 i32) (param i32 i32)
      (param i32 i32) (result i32)
      (call $itself (i32.const 4200) (i32.const 5000))
      (i32.const 4096)))
  (core module $fill
    (import "later" "table" (table 1 funcref))
    (import "itself" "evaluate" (func $evaluate (param i32 i32)))
    (elem (i32.const 0) func $evaluate))

  (core instance $later (instantiate $later))
  (core instance $code (instantiate $code (with "itself" (instance $later))))
  (alias core export $code "memory" (core memory $memory))
  (alias core export $code "realloc" (core func $realloc))
  (func $describe (result $descriptor)
    (canon lift (core func $code "describe") (memory $memory) (realloc $realloc)))
  (func $configure (param "settings" string) (result (result (error $failure)))
    (canon lift (core func $code "configure") (memory $memory) (realloc $realloc)))
  (func $evaluate (param "sample" $sample) (result (result $score (error $failure)))
    (canon lift (core func $code "evaluate") (memory $memory) (realloc $realloc)))
  (core func $itself (canon lower (func $evaluate) (memory $memory) (realloc $realloc)))
  (core instance (instantiate $fill
    (with "later" (instance $later))
    (with "itself" (instance (export "evaluate" (func $itself))))))

  ;; An instance that exports functions has to export the types that they mention, so the functions go through a
  ;; component that gives both their names.
  (component $names
    (import "role" (type $role (eq $role')))
  )
)
