;; Row 23: calls the host as often as it can. The log is the cheapest call that there is.
(module
  (import "scorebox:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (loop $again
      (call $log (i32.const 0) (i32.const 0) (i32.const 0))
      (br $again))
    (unreachable)))
