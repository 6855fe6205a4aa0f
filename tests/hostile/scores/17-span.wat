;; Row 17: one finding, "hostile", at a span of the output that the test chooses: START, END, and FIELD (0 input, 1
;; output, 2 the passage PASSAGE of the context).
(module
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (f64.store (i32.const 4104) (f64.const 1))
    (i32.store (i32.const 4124) (i32.const 4200)) (i32.store (i32.const 4128) (i32.const 1))
    (i32.store (i32.const 4200) (i32.const 1024)) (i32.store (i32.const 4204) (i32.const 7))
    (i32.store8 (i32.const 4216) (i32.const 1))
    (i32.store8 (i32.const 4220) (i32.const FIELD))
    (i32.store (i32.const 4224) (i32.const PASSAGE))
    (i32.store (i32.const 4228) (i32.const START)) (i32.store (i32.const 4232) (i32.const END))
    (i32.const 4096)))
