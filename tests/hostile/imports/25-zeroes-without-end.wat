;; Row 25: tells the host to write 2^40 zeroes to standard output, which takes the guest one call.
(module
  (import "wasi:cli/stdout@0.2.6" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.6" "[method]output-stream.write-zeroes" (func $zeroes (param i32 i64 i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $zeroes (call $stdout) (i64.const 0x10000000000) (i32.const 4200))
    (f64.store (i32.const 4104) (f64.const 1))
    (i32.const 4096)))
