;; Row 32: reads every clock and every source of randomness, and scores with the sum of them all.
(module
  (import "wasi:clocks/wall-clock@0.2.6" "now" (func $wall (param i32)))
  (import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $monotonic (result i64)))
  (import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))
  (import "wasi:random/insecure@0.2.6" "get-insecure-random-u64" (func $insecure (result i64)))
  (import "wasi:random/insecure-seed@0.2.6" "insecure-seed" (func $seed (param i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $wall (i32.const 4200))
    (call $seed (i32.const 4216))
    (f64.store (i32.const 4104)
      (f64.convert_i64_u
        (i64.add (i64.add (i64.load (i32.const 4200)) (i64.load32_u (i32.const 4208)))
          (i64.add (i64.add (i64.load (i32.const 4216)) (i64.load (i32.const 4224)))
            (i64.add (call $monotonic) (i64.add (call $random) (call $insecure)))))))
    (i32.const 4096)))
