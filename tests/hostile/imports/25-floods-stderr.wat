;; Row 25: four thousand bytes of standard error a hundred times, none of them UTF-8, and then a sound score.
(module
  (import "wasi:cli/stderr@0.2.6" "get-stderr" (func $stderr (result i32)))
  (import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $stderr i32) (local $time i32)
    (local.set $stderr (call $stderr))
    (memory.fill (i32.const 16384) (i32.const 0xff) (i32.const 4000))
    (loop $again
      (call $write (local.get $stderr) (i32.const 16384) (i32.const 4000) (i32.const 4200))
      (local.set $time (i32.add (local.get $time) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $time) (i32.const 100))))
    (f64.store (i32.const 4104) (f64.const 1))
    (i32.const 4096)))
