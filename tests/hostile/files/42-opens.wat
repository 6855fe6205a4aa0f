;; Row 42: opens the path that it finds in the sample's input, in the first directory that it was granted, and scores
;; with the first byte that it could read; minus one without a directory, minus one hundred and the error's number where
;; the path is denied.
(module
  (import "wasi:filesystem/preopens@0.2.6" "get-directories" (func $directories (param i32)))
  ;; directory, follow symbolic links, path, open flags, read or write, where the answer goes
  (import "wasi:filesystem/types@0.2.6" "[method]descriptor.open-at"
    (func $open (param i32) (param i32) (param i32 i32) (param i32) (param i32) (param i32)))
  (import "wasi:filesystem/types@0.2.6" "[method]descriptor.read" (func $read (param i32 i64 i64 i32)))
  (func $score (param f64) (result i32)
    (f64.store (i32.const 4104) (local.get 0))
    (i32.const 4096))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $directories (i32.const 4200))
    (if (i32.eqz (i32.load (i32.const 4204)))
      (then (return (call $score (f64.const -1)))))
    (call $open
      (i32.load (i32.load (i32.const 4200)))
      (i32.const 1)
      (local.get 2) (local.get 3)
      (i32.const OPEN_FLAGS)
      (i32.const DESCRIPTOR_FLAGS)
      (i32.const 4208))
    (if (i32.load8_u (i32.const 4208))
      (then (return (call $score
        (f64.sub (f64.const -100) (f64.convert_i32_u (i32.load8_u (i32.const 4212))))))))
    (call $read (i32.load (i32.const 4212)) (i64.const 100) (i64.const 0) (i32.const 4224))
    (if (i32.load8_u (i32.const 4224))
      (then (return (call $score
        (f64.sub (f64.const -200) (f64.convert_i32_u (i32.load8_u (i32.const 4228))))))))
    (call $score (f64.convert_i32_u (i32.load8_u (i32.load (i32.const 4228)))))))
