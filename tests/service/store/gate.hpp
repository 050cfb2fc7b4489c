#pragma once

#include "plugins/common/guarded.hpp"
#include "service/store/engine/connection.hpp"

#include <memory>

namespace lm::store {

/// Stands between the store and a real connection: a test closes it and the database is away, or hangs.
class Gate {
public:
    /// What is connected fails from now on, and connecting too, until open().
    void takeAway() { set(&Now::away, true); }
    /// Every statement waits from now on, until open().
    void hang() { set(&Now::hanging, true); }
    void open() {
        set(&Now::away, false);
        set(&Now::hanging, false);
    }
    /// Waits until a statement hangs.
    void awaitHanging() {
        auto now = now_.lock();
        now.wait(changed_, [&] { return now->waiting; });
    }
    std::size_t attempts() { return now_.lock()->attempts; }

    /// Called by a connection: nullopt lets it through.
    std::optional<Failure> pass() {
        auto now = now_.lock();
        now->waiting = now->hanging;
        changed_.notify_all();
        now.wait(changed_, [&] { return !now->hanging; });
        now->waiting = false;
        if (now->away) return Failure{Failure::Kind::Away, "taken away"};
        return std::nullopt;
    }
    /// The same for an attempt to connect.
    std::optional<Failure> passToConnect() {
        ++now_.lock()->attempts;
        return pass();
    }

private:
    struct Now {
        bool away = false;
        bool hanging = false;
        bool waiting = false;
        std::size_t attempts = 0;
    };
    void set(bool Now::*what, bool value) {
        (*now_.lock()).*what = value;
        changed_.notify_all();
    }
    Guarded<Now> now_;
    std::condition_variable changed_;
};

/// A connection behind a gate. Once it failed it is not usable, as one that was lost.
class GatedConnection : public Connection {
public:
    GatedConnection(std::unique_ptr<Connection> real, std::shared_ptr<Gate> gate)
        : real_(std::move(real)), gate_(std::move(gate)) {}
    Outcome<Rows> run(const std::string& sql, const Values& values) override {
        if (auto closed = pass()) return *closed;
        return real_->run(sql, values);
    }
    Outcome<Done> script(const std::string& sql) override {
        if (auto closed = pass()) return *closed;
        return real_->script(sql);
    }
    Outcome<Done> begin() override {
        if (auto closed = pass()) return *closed;
        return real_->begin();
    }
    Outcome<Done> beginAlone() override { return begin(); }
    Outcome<bool> hasTable(const std::string& name) override { return real_->hasTable(name); }
    bool usable() const override { return usable_ && real_->usable(); }
    std::string_view engine() const override { return real_->engine(); }

private:
    std::optional<Failure> pass() {
        auto closed = gate_->pass();
        if (closed) usable_ = false;
        return closed;
    }
    const std::unique_ptr<Connection> real_;
    const std::shared_ptr<Gate> gate_;
    bool usable_ = true;
};

} // namespace lm::store
