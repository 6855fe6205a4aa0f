;; Row 6: takes all the memory that it gets, writes to each page, and scores with the number of pages. No harm done.
(module
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $page i32)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (local.set $page (i32.const 1))
    (loop $next
      (i32.store (i32.mul (local.get $page) (i32.const 65536)) (i32.const -1))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $page) (memory.size))))
    (f64.store (i32.const 4104) (f64.convert_i32_u (memory.size)))
    (i32.const 4096)))
