;; Row 22: its `evaluate` calls its own exported `evaluate`, since it lowers the very function that it lifts. The component
;; model lets nobody enter an instance that is under way.

;; Where `evaluate` finds itself: a table that is filled once it exists.
(core module $later
  (type $evaluate (func
    (param i32 i32) (param i32 i32) (param i32 i32) (param i32 i32 i32) (param i32 i32) (param i32 i32) (param i32 i32)
    (param i32)))
  (table (export "table") 1 funcref)
  (func (export "evaluate") (type $evaluate)
    (call_indirect (type $evaluate)
      (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7)
      (local.get 8) (local.get 9) (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get 14) (local.get 15)
      (i32.const 0))))
(core module $code
  (type $evaluate (func
    (param i32 i32) (param i32 i32) (param i32 i32) (param i32 i32 i32) (param i32 i32) (param i32 i32) (param i32 i32)
    (param i32)))
  (import "itself" "evaluate" (func $itself (type $evaluate)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "hostile")
  (data (i32.const 1040) "1.0.0")
  (data (i32.const 1056) "{}")
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 8192))
  (func (export "describe") (result i32)
    (i32.store (i32.const 2048) (i32.const 1024)) (i32.store (i32.const 2052) (i32.const 7))
    (i32.store (i32.const 2056) (i32.const 1040)) (i32.store (i32.const 2060) (i32.const 5))
    (i32.store (i32.const 2076) (i32.const 1056)) (i32.store (i32.const 2080) (i32.const 2))
    (i32.const 2048))
  (func (export "configure") (param i32 i32) (result i32) (i32.const 3072))
  ;; A sample of empty texts is all zeroes; the answer would go to 5000.
  (func (export "evaluate")
    (param i32 i32) (param i32 i32) (param i32 i32) (param i32 i32 i32) (param i32 i32) (param i32 i32) (param i32 i32)
    (result i32)
    (call $itself
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 5000))
    (i32.const 4096)))
(core module $fill
  (import "later" "table" (table 1 funcref))
  (import "itself" "evaluate" (func $evaluate
    (param i32 i32) (param i32 i32) (param i32 i32) (param i32 i32 i32) (param i32 i32) (param i32 i32) (param i32 i32)
    (param i32)))
  (elem (i32.const 0) func $evaluate))

(core instance $later (instantiate $later))
(core instance $code (instantiate $code (with "itself" (instance $later))))
(alias core export $code "memory" (core memory $memory))
(alias core export $code "realloc" (core func $realloc))
(func $describe (result $descriptor)
  (canon lift (core func $code "describe") (memory $memory) (realloc $realloc)))
(func $configure (param "settings" string) (result (result (error $failure)))
  (canon lift (core func $code "configure") (memory $memory) (realloc $realloc)))
(func $evaluate (param "sample" $sample) (result (result $score (error $failure)))
  (canon lift (core func $code "evaluate") (memory $memory) (realloc $realloc)))
(core func $itself (canon lower (func $evaluate) (memory $memory) (realloc $realloc)))
(core instance (instantiate $fill
  (with "later" (instance $later))
  (with "itself" (instance (export "evaluate" (func $itself))))))
