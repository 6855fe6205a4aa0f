;; Row 9: lets three memories grow in turn, and scores with the pages that it got in all.
(module
  (memory $one (export "memory") 1)
  (memory $two 1)
  (memory $three 1)
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (loop $more
      (drop (memory.grow $one (i32.const 1)))
      (drop (memory.grow $two (i32.const 1)))
      (br_if $more (i32.ne (memory.grow $three (i32.const 1)) (i32.const -1))))
    (f64.store (i32.const 4104)
      (f64.convert_i32_u (i32.add (memory.size $one) (i32.add (memory.size $two) (memory.size $three)))))
    (i32.const 4096)))
