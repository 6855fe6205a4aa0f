;; Row 13: the score lies at an odd address.
(module
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (i32.const 4097)))
