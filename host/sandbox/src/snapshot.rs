//! Takes the state that `configure` leaves and makes a component of it that starts there.

use std::collections::HashMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, WasmList};
use wasmtime_wizer::{ComponentContext, ComponentInstanceState, Wizer};

use crate::store::State;

/// A component with the exports that a snapshot is read through. The error says why there can be none.
pub(crate) fn instrument(component: &[u8]) -> Result<(ComponentContext<'_>, Vec<u8>), String> {
    Wizer::new().instrument_component(component).map_err(|error| error.root_cause().to_string())
}

/// The component that starts where `instance` stands.
pub(crate) fn take(
    context: &ComponentContext<'_>,
    store: &mut Store<State>,
    instance: Instance,
) -> Result<Vec<u8>, String> {
    // What the accessors return is the guest's own memory, bounded by its limit.
    store.set_hostcall_fuel(usize::MAX);
    // Reading a memory makes it a page longer.
    store.data_mut().limiter.allow_a_page_each();
    let mut reader = Reader { store, instance, read: HashMap::new(), failed: None };
    let snapshot = ready(Wizer::new().snapshot_component(context, &mut reader));
    match (snapshot, reader.failed) {
        (_, Some(reason)) => Err(reason),
        (Some(Ok(component)), None) => Ok(component),
        (Some(Err(error)), None) => Err(error.root_cause().to_string()),
        (None, None) => Err("the snapshot had to wait".to_owned()),
    }
}

/// The result of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

struct Reader<'a> {
    store: &'a mut Store<State>,
    instance: Instance,
    /// The memories that were read, by accessor. Each is read twice, and need not grow a second time.
    read: HashMap<String, Option<WasmList<u8>>>,
    failed: Option<String>,
}

impl Reader<'_> {
    fn call<R, T>(
        &mut self,
        instance: &str,
        function: &str,
        read: impl FnOnce(&mut Store<State>, R) -> T,
    ) -> Option<T>
    where
        R: Lift + 'static,
        (R,): ComponentNamedList + Lift,
    {
        let instance_export = self.instance.get_export_index(&mut *self.store, None, instance)?;
        let function_export =
            self.instance.get_export_index(&mut *self.store, Some(&instance_export), function)?;
        let called = self
            .instance
            .get_typed_func::<(), (R,)>(&mut *self.store, function_export)
            .and_then(|function| function.call(&mut *self.store, ()));
        match called {
            Ok((value,)) => Some(read(self.store, value)),
            Err(error) => {
                self.failed = Some(format!("its memory cannot be read: {}", error.root_cause()));
                None
            }
        }
    }

    fn number<R>(&mut self, instance: &str, function: &str) -> R
    where
        R: Lift + Default + 'static,
        (R,): ComponentNamedList + Lift,
    {
        let value = self.call(instance, function, |_, value: R| value);
        self.or_failed(value, function)
    }

    fn or_failed<T: Default>(&mut self, value: Option<T>, function: &str) -> T {
        value.unwrap_or_else(|| {
            self.failed.get_or_insert_with(|| format!("the instance has no accessor `{function}`"));
            T::default()
        })
    }
}

impl ComponentInstanceState for Reader<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        if !self.read.contains_key(func) {
            let list = self.call(instance, func, |_, list: WasmList<u8>| list);
            self.or_failed(list.as_ref().map(|_| ()), func);
            self.read.insert(func.to_owned(), list);
        }
        match self.read.get(func) {
            Some(Some(list)) => contents(list.as_le_slice(&*self.store)),
            // The snapshot is thrown away, but its maker wants to see every memory.
            _ => contents(&[]),
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.number(instance, func)
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.number(instance, func)
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.number::<f32>(instance, func).to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.number::<f64>(instance, func).to_bits()
    }
}
