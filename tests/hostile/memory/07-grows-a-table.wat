;; Row 7: makes a table larger until that is refused, and scores with what it got.
(module
  (table $table 1 funcref)
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (loop $more
      (br_if $more (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))))
    (f64.store (i32.const 4104) (f64.convert_i32_u (table.size $table)))
    (i32.const 4096)))
