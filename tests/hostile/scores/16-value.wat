;; Row 16: a score whose value is no number that one could compare. The test puts nan, inf and -inf for VALUE.
(module
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (f64.store (i32.const 4104) (f64.const VALUE))
    (i32.const 4096)))
