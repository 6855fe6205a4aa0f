;; Row 16: a sound value, and a measure "secret" that is NaN.
(module
  (data (i32.const 4300) "secret")
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (i32.store (i32.const 4132) (i32.const 4200))
    (i32.store (i32.const 4136) (i32.const 1))
    (i32.store (i32.const 4200) (i32.const 4300))
    (i32.store (i32.const 4204) (i32.const 6))
    (f64.store (i32.const 4208) (f64.const nan))
    (i32.const 4096)))
