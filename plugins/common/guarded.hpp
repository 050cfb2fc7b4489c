#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace lm {

/// Data that lives inside its mutex: the only way to it is a Locker, so it cannot be touched unlocked.
/// A function that needs the lock takes `Guarded<T>::Locker&` as proof.
/// No lock is held across a push, a posted message, HTTP or a log call: use `unlocked()` around those.
template <typename T> class Guarded {
public:
    class Locker {
    public:
        explicit Locker(Guarded& owner) : owner_(owner), lock_(owner.mutex_) {}
        T* operator->() { return &owner_.value_; }
        T& operator*() { return owner_.value_; }

        /// Waits on `cv` until `done()`; `done` runs with the lock held. Every predicate must also become
        /// true at shutdown or flush.
        template <typename Done> void wait(std::condition_variable& cv, Done done) { cv.wait(lock_, done); }
        /// False when the deadline passed before `done()`.
        template <typename Clock, typename Duration, typename Done>
        bool waitUntil(std::condition_variable& cv, std::chrono::time_point<Clock, Duration> deadline,
                       Done done) {
            return cv.wait_until(lock_, deadline, done);
        }
        /// Runs `call` with the lock released. What was read before may have changed afterwards.
        template <typename Call> auto unlocked(Call&& call) {
            struct Relock {
                std::unique_lock<std::mutex>& lock;
                ~Relock() { lock.lock(); }
            };
            lock_.unlock();
            Relock relock{lock_};
            return std::forward<Call>(call)();
        }

    private:
        Guarded& owner_;
        std::unique_lock<std::mutex> lock_;
    };

    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;

    [[nodiscard]] Locker lock() & { return Locker(*this); }
    /// A copy taken under the lock.
    [[nodiscard]] T copy() { return *lock().operator->(); }

private:
    std::mutex mutex_;
    T value_{};
};

} // namespace lm
