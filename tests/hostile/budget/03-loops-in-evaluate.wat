;; Row 3: given a sample, it does not come back.
(module
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (loop (br 0))
    (unreachable)))
