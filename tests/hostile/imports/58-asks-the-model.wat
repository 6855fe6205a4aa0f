;; Rows 57 and 58: asks the host's model ten thousand times, and scores with the number of answers that it got.
(module
  ;; system: none; user: pointer, length; schema: none; max-tokens; where the answer goes.
  (import "scorebox:plugin/model@0.1.0" "complete"
    (func $complete (param i32 i32 i32) (param i32 i32) (param i32 i32 i32) (param i32) (param i32)))
  (data (i32.const 4300) "Is this right?")
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $asked i32) (local $answers i32)
    (loop $again
      (call $complete
        (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 4300) (i32.const 14)
        (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 10)
        (i32.const 4200))
      (local.set $answers (i32.add (local.get $answers) (i32.eqz (i32.load8_u (i32.const 4200)))))
      (local.set $asked (i32.add (local.get $asked) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $asked) (i32.const 10000))))
    (f64.store (i32.const 4104) (f64.convert_i32_u (local.get $answers)))
    (i32.const 4096)))
