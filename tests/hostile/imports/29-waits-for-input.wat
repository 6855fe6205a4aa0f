;; Row 29: waits for somebody to type something. The value is 1 where standard input is closed.
(module
  (import "wasi:cli/stdin@0.2.6" "get-stdin" (func $stdin (result i32)))
  (import "wasi:io/streams@0.2.6" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $read (call $stdin) (i64.const 100) (i32.const 4200))
    ;; An error, of the case `closed`.
    (f64.store (i32.const 4104)
      (f64.convert_i32_u (i32.and (i32.load8_u (i32.const 4200)) (i32.load8_u (i32.const 4204)))))
    (i32.const 4096)))
