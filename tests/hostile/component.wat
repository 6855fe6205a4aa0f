;; A plugin as a component by hand, for what cannot be said in a core module. The test puts a guest for CODE, which makes
;; the functions $describe, $configure and $evaluate.
(component
  (import "scorebox:plugin/types@0.1.0" (instance $types
    (type $role' (enum "system" "user" "assistant" "tool"))
    (export "role" (type $role (eq $role')))
    (type $tool-call' (record (field "id" string) (field "name" string) (field "arguments" string)))
    (export "tool-call" (type $tool-call (eq $tool-call')))
    (type $message' (record
      (field "role" $role) (field "content" string) (field "tool-calls" (list $tool-call))))
    (export "message" (type $message (eq $message')))
    (type $sample' (record
      (field "id" string) (field "input" string) (field "output" string) (field "expected" (option string))
      (field "context" (list string)) (field "conversation" (list $message)) (field "metadata" string)))
    (export "sample" (type (eq $sample')))
    (type $verdict' (enum "pass" "fail" "unjudged"))
    (export "verdict" (type $verdict (eq $verdict')))
    (type $field' (variant (case "input") (case "output") (case "context" u32)))
    (export "field" (type $field (eq $field')))
    (type $span' (record (field "field" $field) (field "start" u32) (field "end" u32)))
    (export "span" (type $span (eq $span')))
    (type $finding' (record
      (field "rule" string) (field "message" string) (field "location" (option $span))))
    (export "finding" (type $finding (eq $finding')))
    (type $score' (record
      (field "value" f64) (field "verdict" $verdict) (field "summary" string) (field "findings" (list $finding))
      (field "measures" (list (tuple string f64)))))
    (export "score" (type (eq $score')))
    (type $failure' (variant
      (case "invalid-settings" string) (case "invalid-sample" string) (case "failed" string)))
    (export "failure" (type (eq $failure')))
    (type $kind' (enum "metric" "constraint"))
    (export "kind" (type $kind (eq $kind')))
    (type $need' (enum "input" "expected" "context" "conversation"))
    (export "need" (type $need (eq $need')))
    (type $descriptor' (record
      (field "name" string) (field "version" string) (field "summary" string) (field "kind" $kind)
      (field "settings-schema" string) (field "range" (option (tuple f64 f64))) (field "higher-is-better" bool)
      (field "needs" (list $need))))
    (export "descriptor" (type (eq $descriptor')))))
  (alias export $types "sample" (type $sample))
  (alias export $types "score" (type $score))
  (alias export $types "failure" (type $failure))
  (alias export $types "descriptor" (type $descriptor))

  CODE

  (instance $metric
    (export "describe" (func $describe))
    (export "configure" (func $configure))
    (export "evaluate" (func $evaluate)))
  (export "scorebox:plugin/metric@0.1.0" (instance $metric)))
