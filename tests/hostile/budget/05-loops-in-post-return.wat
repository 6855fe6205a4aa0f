;; Row 5: returns a sound score, and loops when it is told that the host has read it.
(module
  (func (export "cabi_post_scorebox:plugin/metric@0.1.0#evaluate") (param i32)
    (loop (br 0))))
