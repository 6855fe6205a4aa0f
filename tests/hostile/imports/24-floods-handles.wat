;; Row 24: opens standard output again and again, and never lets go of it.
(module
  (import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (loop $again
      (drop (call $stdout))
      (br $again))
    (unreachable)))
