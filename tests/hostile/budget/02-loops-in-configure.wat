;; Row 2: given its settings, it does not come back.
(module
  (func (export "scorebox:plugin/metric@0.1.0#configure") (type $configure)
    (loop (br 0))
    (unreachable)))
