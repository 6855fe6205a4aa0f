;; Row 31: one instruction that writes a megabyte, again and again. Fuel counts the bytes, not the instruction.
(module
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (drop (memory.grow (i32.const 16)))
    (loop $again
      (memory.fill (i32.const 8192) (i32.const 7) (i32.const 0x100000))
      (br $again))
    (unreachable)))
