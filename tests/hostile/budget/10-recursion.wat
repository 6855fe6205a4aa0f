;; Row 10: recursion without end, with a frame large enough to be quick about it.
(module
  (func $down (param i64 i64 i64 i64) (result i64)
    (i64.add
      (call $down (local.get 3) (local.get 2) (local.get 1) (local.get 0))
      (local.get 0)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (drop (call $down (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)))
    (i32.const 4096)))
