#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace lm::imentivsink {

/// A bound on bytes, shared by many holders on any thread. What was taken comes back when its Share dies.
class Budget {
public:
    class Share {
    public:
        Share(std::shared_ptr<Budget> owner, std::uint64_t bytes) : owner_(std::move(owner)), bytes_(bytes) {}
        Share(Share&& other) noexcept = default;
        Share& operator=(Share&&) = delete;
        ~Share() {
            if (owner_) owner_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
        }

    private:
        std::shared_ptr<Budget> owner_;
        std::uint64_t bytes_;
    };

    explicit Budget(std::uint64_t limit) : limit_(limit) {}

    /// What is taken already stays taken.
    void setLimit(std::uint64_t limit) { limit_.store(limit, std::memory_order_relaxed); }

    /// Nothing when the bound would be exceeded.
    static std::optional<Share> take(const std::shared_ptr<Budget>& budget, std::uint64_t bytes) {
        const auto limit = budget->limit_.load(std::memory_order_relaxed);
        auto used = budget->used_.load(std::memory_order_relaxed);
        do {
            if (bytes > limit || used > limit - bytes) return std::nullopt;
        } while (!budget->used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
        return std::optional<Share>(std::in_place, budget, bytes);
    }
    std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> limit_;
    std::atomic<std::uint64_t> used_{0};
};

} // namespace lm::imentivsink
