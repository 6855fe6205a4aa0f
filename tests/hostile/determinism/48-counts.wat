;; Row 48: counts its samples in memory and in a global. Every sample is the first.
(module
  (global $samples (mut i32) (i32.const 0))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (global.set $samples (i32.add (global.get $samples) (i32.const 1)))
    (i32.store (i32.const 60000) (i32.add (i32.load (i32.const 60000)) (i32.const 1)))
    (f64.store (i32.const 4104)
      (f64.add
        (f64.mul (f64.const 100) (f64.convert_i32_u (global.get $samples)))
        (f64.convert_i32_u (i32.load (i32.const 60000)))))
    (i32.const 4096)))
