;; Row 6: takes memory until it gets no more, which does not trouble it, and returns an address out of bounds. That it was
;; refused memory is not why it fails.
(module
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (i32.const -64)))
