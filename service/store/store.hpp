#pragma once

#include "plugins/common/handles.hpp"
#include "plugins/common/result.hpp"
#include "service/store/engine/address.hpp"
#include "service/store/engine/limits.hpp"
#include "service/store/worker.hpp"

#include <map>

namespace lm::store {

/// How long the association of a socket with its meeting may take; then the room stands in for the meeting.
inline constexpr std::chrono::milliseconds lookUpDeadline{500};

/// The database as the daemon sees it: one thread of its own does everything, nobody waits for it. Lives on
/// the main context that it is made for.
class Store {
public:
    struct Options {
        Limits limits;
        WorkerOptions worker;
        std::chrono::milliseconds patience{3000}; // at the end, for writes that wait
    };

    /// Connects and brings the tables up to date. An error for a database that this program must not use. One
    /// that is away is no error: it is tried again, and what is to be stored is kept until then. `home`:
    /// where answers come, nullptr for the default context.
    static Result<std::unique_ptr<Store>> open(const Address& address, GMainContext* home, Options options);
    /// The same for any connection.
    Store(Connector connector, GMainContext* home, Options options);
    /// Waits for writes, unless the database is away; at most for `patience`. What is not stored then is
    /// counted and logged. Questions that are open get no answer any more.
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// Stores later, in the order of the calls. `weight`: bytes, about, that `change` holds. Any thread;
    /// never waits.
    void write(std::size_t weight, Change change) { worker_->write(weight, std::move(change)); }

    /// Runs `question` on the database's thread, before writes that wait, and `answer` on the main context,
    /// exactly once: with what came, at once with Away when the database is, and with Late when `deadline`
    /// has passed (a question that has not begun by then is not asked any more).
    template <typename T>
    void ask(std::chrono::milliseconds deadline, std::function<Outcome<T>(Connection&)> question,
             std::function<void(Outcome<T>)> answer);

    State state() const { return worker_->state(); } // any thread
    /// True once everything written so far is in the database; false at the deadline, or when it is away.
    bool flush(std::chrono::milliseconds deadline) { return worker_->flush(deadline); }

private:
    /// A question that is not answered yet. Touched on the main context alone, but for `given`.
    struct Call {
        virtual ~Call();
        virtual void fail(const Failure& failure) = 0;
        std::shared_ptr<std::atomic<bool>> givenUp = std::make_shared<std::atomic<bool>>(false);
        Ref<GSource> timer;
    };
    template <typename T> struct TypedCall : Call {
        explicit TypedCall(std::function<void(Outcome<T>)> a) : answer(std::move(a)) {}
        void fail(const Failure& failure) override { answer(failure); }
        std::function<void(Outcome<T>)> answer;
    };
    using Calls = std::map<std::uint64_t, std::unique_ptr<Call>>;

    std::uint64_t add(std::unique_ptr<Call> call, std::chrono::milliseconds deadline);
    static std::unique_ptr<Call> take(Calls& calls, std::uint64_t id);
    /// Runs `settle` on the main context, if this is still there then.
    static void settleLater(GMainContext* home, std::weak_ptr<Calls> calls, std::uint64_t id,
                            std::function<void(Call&)> settle);

    const Ref<GMainContext> home_;
    const std::chrono::milliseconds patience_;
    std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
    std::uint64_t lastCall_ = 0;
    std::shared_ptr<Worker> worker_;
};

template <typename T>
void Store::ask(std::chrono::milliseconds deadline, std::function<Outcome<T>(Connection&)> question,
                std::function<void(Outcome<T>)> answer) {
    auto call = std::make_unique<TypedCall<T>>(std::move(answer));
    const auto givenUp = call->givenUp;
    const std::uint64_t id = add(std::move(call), deadline);
    const auto settle = [home = home_, calls = std::weak_ptr<Calls>(calls_), id](Outcome<T> outcome) {
        settleLater(home.get(), calls, id, [outcome = std::move(outcome)](Call& waiting) {
            static_cast<TypedCall<T>&>(waiting).answer(outcome);
        });
    };
    const bool asked =
        worker_->ask([=, question = std::move(question)](Connection* connection, const Failure& reason) {
            if (*givenUp) return;
            if (!connection) return settle(reason);
            try {
                settle(question(*connection));
            } catch (const std::exception& e) {
                settle(Failure{Failure::Kind::Refused, e.what()});
            }
        });
    if (!asked) settle(Failure{Failure::Kind::Away, "too many questions wait for the database"});
}

} // namespace lm::store
