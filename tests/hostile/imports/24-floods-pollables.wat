;; Row 24: sets alarms, and never waits for one.
(module
  (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $alarm (param i64) (result i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (loop $again
      (drop (call $alarm (i64.const 1)))
      (br $again))
    (unreachable)))
