// A second device that every machine has: memory of the host which torch takes for an accelerator's.
//
// Its tensors are true ones of a private-use backend, with storages, strides and views of their own, and the CPU's
// kernels compute on them. As on a card, a kernel that is given tensors of two devices raises, but for single numbers.

#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/ops/as_strided.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace {

constexpr auto kind = c10::DeviceType::PrivateUse1;
constexpr auto kernels = c10::DispatchKey::PrivateUse1;
const c10::Device here(kind, 0);
const c10::Device host(c10::DeviceType::CPU);
const c10::Stream stream(c10::Stream::DEFAULT, here);
constexpr size_t memory_bytes = size_t{8} << 30;  // more than a tiny model fills

// The same bytes under another device's name; they live as long as either storage does.
c10::Storage same_bytes(const c10::Storage& storage, c10::Device device, c10::Allocator* allocator) {
    auto keep = std::make_unique<c10::Storage>(storage);
    auto release = [](void* kept) { delete static_cast<c10::Storage*>(kept); };
    c10::DataPtr bytes(storage.mutable_data(), keep.release(), release, device);
    return {c10::Storage::use_byte_size_t(), storage.nbytes(), std::move(bytes), allocator, allocator != nullptr};
}

struct Memory final : c10::DeviceAllocator {
    c10::DataPtr allocate(size_t bytes) override {
        auto kept = std::make_unique<c10::DataPtr>(c10::GetAllocator(host.type())->allocate(bytes));
        void* first = kept->get();
        return {first, kept.release(), &release, here};
    }
    static void release(void* kept) { delete static_cast<c10::DataPtr*>(kept); }
    void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }
    bool initialized() override { return true; }
    void emptyCache(c10::MempoolId_t) override {}
    void recordStream(const c10::DataPtr&, c10::Stream) override {}
    c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex) override { return {}; }
    void resetAccumulatedStats(c10::DeviceIndex) override {}
    void resetPeakStats(c10::DeviceIndex) override {}
    std::pair<size_t, size_t> getMemoryInfo(c10::DeviceIndex) override { return {memory_bytes, memory_bytes}; }
};

Memory memory;
REGISTER_ALLOCATOR(kind, &memory)

// One device, whose one stream has done everything as soon as it was asked for it.
struct Guard final : c10::impl::NoOpDeviceGuardImpl<kind> {
    c10::Device exchangeDevice(c10::Device) const override { return here; }
    c10::Device getDevice() const override { return here; }
    c10::Stream getDefaultStream(c10::Device) const override { return stream; }
    c10::Stream getStream(c10::Device) const noexcept override { return stream; }
    c10::Stream getNewStream(c10::Device, int) const override { return stream; }
    c10::Stream exchangeStream(c10::Stream) const noexcept override { return stream; }
    void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
    void block(void*, const c10::Stream&) const override {}
    bool queryEvent(void*) const override { return true; }
    bool queryStream(const c10::Stream&) const override { return true; }
    void synchronizeStream(const c10::Stream&) const override {}
    void synchronizeEvent(void*) const override {}
    void synchronizeDevice(const c10::DeviceIndex) const override {}
    void recordDataPtrOnStream(const c10::DataPtr&, const c10::Stream&) const override {}
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

struct Hooks final : at::PrivateUse1HooksInterface {
    bool isBuilt() const override { return true; }
    bool isAvailable() const override { return true; }
    bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
    c10::DeviceIndex deviceCount() const override { return 1; }
    void setCurrentDevice(c10::DeviceIndex) const override {}
    c10::DeviceIndex getCurrentDevice() const override { return 0; }
    c10::DeviceIndex exchangeDevice(c10::DeviceIndex) const override { return 0; }
    c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex) const override { return 0; }
    c10::Allocator* getPinnedMemoryAllocator() const override { return c10::GetAllocator(host.type()); }
};

const bool hooked = (at::RegisterPrivateUse1HooksInterface(new Hooks), true);

// A tensor of the host over the same bytes.
at::Tensor on_host(const at::Tensor& ours) {
    auto theirs = at::detail::make_tensor<c10::TensorImpl>(
        same_bytes(ours.storage(), host, c10::GetAllocator(host.type())), c10::DispatchKeySet(c10::DispatchKey::CPU),
        ours.dtype());
    theirs.unsafeGetTensorImpl()->set_sizes_and_strides(ours.sizes(), ours.strides(), ours.storage_offset());
    return theirs;
}

// One call of a kernel of the CPU in the place of ours.
class Call {
  public:
    explicit Call(const c10::OperatorHandle& op) : op_(op) {}

    void run(torch::jit::Stack* stack) {
        const auto& schema = op_.schema();
        auto arguments = torch::jit::pop(*stack, schema.arguments().size());
        for (const auto& argument : arguments) look(argument);
        TORCH_CHECK(
            !(foreign_ && lent_.size()), schema.name(), " was given tensors of ", here, " and of the host together");
        for (auto& argument : arguments) stack->push_back(each_tensor(argument, [&](auto& t) { return lend(t); }));
        op_.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
        for (auto& [ours, theirs] : lent_) take_over(ours, theirs);
        auto made = torch::jit::pop(*stack, schema.returns().size());
        for (auto& one : made) stack->push_back(each_tensor(one, [&](auto& t) { return own(t); }));
    }

  private:
    template <typename Change>
    c10::IValue each_tensor(const c10::IValue& value, Change change) {
        if (value.isTensor() && value.toTensor().defined()) return change(value.toTensor());
        if (value.isDevice() && value.toDevice().type() == kind) return host;
        if (value.isTensorList()) {
            c10::List<at::Tensor> changed;
            for (const at::Tensor& one : value.toTensorList()) changed.push_back(one.defined() ? change(one) : one);
            return changed;
        }
        if (value.isOptionalTensorList()) {
            c10::List<std::optional<at::Tensor>> changed;
            for (const std::optional<at::Tensor> one : value.toOptionalTensorList()) {
                changed.push_back(one && one->defined() ? std::optional(change(*one)) : one);
            }
            return changed;
        }
        return value;
    }

    void look(const c10::IValue& value) {
        each_tensor(value, [&](const at::Tensor& one) {
            if (one.device().type() == kind) {
                lent_.emplace_back(one, at::Tensor());
            } else {
                foreign_ |= one.dim() > 0;
            }
            return one;
        });
    }

    at::Tensor lend(const at::Tensor& one) {
        for (auto& [ours, theirs] : lent_) {
            if (!ours.is_same(one)) continue;
            if (!theirs.defined()) theirs = on_host(ours);
            return theirs;
        }
        return one;
    }

    // What a kernel made of an argument: it may have been given another size, and other bytes.
    static void take_over(const at::Tensor& ours, const at::Tensor& theirs) {
        if (!theirs.defined()) return;  // the same tensor came twice
        auto* implementation = ours.unsafeGetTensorImpl();
        if (ours.storage().data() != theirs.storage().data()) {
            implementation->set_storage_keep_dtype(same_bytes(theirs.storage(), here, &memory));
        }
        if (ours.sizes() != theirs.sizes() || ours.strides() != theirs.strides()) {
            implementation->set_sizes_and_strides(theirs.sizes(), theirs.strides(), theirs.storage_offset());
        }
    }

    at::Tensor own(const at::Tensor& made) {
        for (const auto& [ours, theirs] : lent_) {
            if (!theirs.defined()) continue;
            if (made.is_same(theirs)) return ours;
            if (made.storage().is_alias_of(theirs.storage())) {
                return at::as_strided(ours, made.sizes(), made.strides(), made.storage_offset());
            }
        }
        auto ours = at::detail::make_tensor<c10::TensorImpl>(
            same_bytes(made.storage(), here, &memory), c10::DispatchKeySet(kernels), made.dtype());
        ours.unsafeGetTensorImpl()->set_sizes_and_strides(made.sizes(), made.strides(), made.storage_offset());
        return ours;
    }

    const c10::OperatorHandle& op_;
    std::vector<std::pair<at::Tensor, at::Tensor>> lent_;  // ours, and the host's over the same bytes
    bool foreign_ = false;  // whether there is more of the host's than single numbers
};

void compute(const c10::OperatorHandle& op, torch::jit::Stack* stack) { Call(op).run(stack); }

at::Tensor empty(
    c10::SymIntArrayRef size, std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
    std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
    auto type = dtype.value_or(c10::get_default_dtype_as_scalartype());
    return at::detail::empty_generic(C10_AS_INTARRAYREF_SLOW(size), &memory, c10::DispatchKeySet(kernels), type, format);
}

at::Tensor empty_strided(
    c10::SymIntArrayRef size, c10::SymIntArrayRef stride, std::optional<at::ScalarType> dtype,
    std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
    auto type = dtype.value_or(c10::get_default_dtype_as_scalartype());
    return at::detail::empty_strided_generic(
        C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride), &memory, c10::DispatchKeySet(kernels), type);
}

// The one way from one device to the other.
at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
    auto readable = from.device() == here ? on_host(from) : from;
    auto writable = to.device() == here ? on_host(to) : to;
    writable.copy_(readable);
    return to;
}

// A view of ours has our storage; what it looks like is worked out on the host's.
at::Tensor as_strided(
    const at::Tensor& of, c10::SymIntArrayRef size, c10::SymIntArrayRef stride, std::optional<c10::SymInt> offset) {
    auto seen = at::detail::make_tensor<c10::TensorImpl>(
        c10::TensorImpl::VIEW, c10::Storage(of.storage()), of.key_set(), of.dtype());
    seen.unsafeGetTensorImpl()->set_sizes_and_strides(
        C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride),
        offset ? offset->guard_int(__FILE__, __LINE__) : of.storage_offset());
    return seen;
}

// As of a card: weights of a module are moved without being made anew.
bool is_dense_too(const at::Tensor&, const at::Tensor&) { return true; }

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&compute>()); }

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
    library.impl("empty.memory_format", empty);
    library.impl("empty_strided", empty_strided);
    library.impl("as_strided", as_strided);
    library.impl("_copy_from", copy_from);
    library.impl("_has_compatible_shallow_copy_type", is_dense_too);
    // Of these torch has another way for a device that it does not know, which rounds otherwise than the CPU's.
    for (auto* name : {"convolution", "native_layer_norm", "native_group_norm", "scaled_dot_product_attention"}) {
        library.impl(name, torch::CppFunction::makeFromBoxedFunction<&compute>());
    }
}

}  // namespace
