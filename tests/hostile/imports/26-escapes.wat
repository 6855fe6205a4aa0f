;; Row 26: terminal escapes, newlines, markup and what a CI system takes for a command, in every text that a plugin has:
;; rule, message, summary, the name of a measure, log and standard error.
(module
  (import "scorebox:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (import "wasi:cli/stderr@0.2.6" "get-stderr" (func $stderr (result i32)))
  (import "wasi:io/streams@0.2.6" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (data (i32.const 4300) "\1b[31mred\1b]0;title\07\0a::error::forged\0d\0a<script>alert(1)</script>]]>\e2\80\ae##[endgroup]")
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $log (i32.const 3) (i32.const 4300) (i32.const 77))
    (call $write (call $stderr) (i32.const 4300) (i32.const 77) (i32.const 4280))
    (i32.store8 (i32.const 4112) (i32.const 1))                                            ;; fail
    (i32.store (i32.const 4116) (i32.const 4300)) (i32.store (i32.const 4120) (i32.const 77)) ;; summary
    (i32.store (i32.const 4124) (i32.const 4200)) (i32.store (i32.const 4128) (i32.const 1))  ;; findings
    (i32.store (i32.const 4200) (i32.const 4300)) (i32.store (i32.const 4204) (i32.const 77)) ;; rule
    (i32.store (i32.const 4208) (i32.const 4300)) (i32.store (i32.const 4212) (i32.const 77)) ;; message
    (i32.store (i32.const 4132) (i32.const 4240)) (i32.store (i32.const 4136) (i32.const 1))  ;; measures
    (i32.store (i32.const 4240) (i32.const 4300)) (i32.store (i32.const 4244) (i32.const 77))
    (i32.const 4096)))
