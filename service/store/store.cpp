#include "service/store/store.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/loopthread.hpp"
#include "service/logging/log.hpp"
#include "service/store/engine/open.hpp"

#include <pthread.h>

#include <thread>

namespace lm::store {
namespace {

constexpr char component[] = "store";

/// For the thread to leave what it was interrupted in.
constexpr std::chrono::milliseconds farewell{500};

/// Reading the calls of one thread on another would need a lock: a timer of their own context needs none.
struct Timeout {
    std::function<void()> passed;
};

Ref<GSource> makeTimer(GMainContext* context, std::chrono::milliseconds time, std::function<void()> passed) {
    auto timer = Ref<GSource>::adopt(g_timeout_source_new(static_cast<guint>(time.count())));
    g_source_set_callback(
        timer.get(),
        [](gpointer data) -> gboolean {
            fence("deadline of a question", [&] { static_cast<Timeout*>(data)->passed(); });
            return G_SOURCE_REMOVE;
        },
        new Timeout{std::move(passed)}, [](gpointer data) { delete static_cast<Timeout*>(data); });
    g_source_attach(timer.get(), context);
    return timer;
}

} // namespace

Store::Call::~Call() {
    if (timer) g_source_destroy(timer.get());
}

Result<std::unique_ptr<Store>> Store::open(const Address& address, GMainContext* home, Options options) {
    for (const std::string& note : address.notes)
        logging::info(component, note);
    const auto limits = options.limits;
    auto store = std::make_unique<Store>(
        [address, limits](const Interrupt& interrupt) { return connect(address, limits, interrupt); }, home,
        std::move(options));
    // Not endlessly: a resolver takes as long as it likes.
    store->worker_->awaitAttempt(limits.connect + limits.statement);
    const State state = store->state();
    if (state.phase == State::Phase::Unfit) return Error{"DATABASE_URL: " + state.message, "DATABASE_URL"};
    if (state.phase == State::Phase::Ready)
        logging::info(component, "database", {{"place", placeOf(address)}});
    return store;
}

Store::Store(Connector connector, GMainContext* home, Options options)
    : home_(Ref<GMainContext>::share(home ? home : g_main_context_default())), patience_(options.patience),
      worker_(std::make_shared<Worker>(std::move(connector), std::move(options.worker))) {
    // Detached on purpose, with a share of what it uses: a join could wait for a dead disk for ever.
    std::thread thread([worker = worker_] { fence("store", [&] { worker->run(); }); });
    pthread_setname_np(thread.native_handle(), "store");
    thread.detach();
}

Store::~Store() {
    worker_->flush(patience_);
    worker_->end();
    worker_->awaitEnd(farewell);
    const State state = worker_->state();
    if (state.waiting > 0)
        logging::error(component, "the database was away until the end; what waited is not stored",
                       {{"writes", state.waiting}, {"reason", state.message}});
}

std::uint64_t Store::add(std::unique_ptr<Call> call, std::chrono::milliseconds deadline) {
    const std::uint64_t id = ++lastCall_;
    call->timer = makeTimer(home_.get(), deadline, [calls = std::weak_ptr<Calls>(calls_), id] {
        const auto open = calls.lock();
        if (const auto late = open ? take(*open, id) : nullptr)
            late->fail({Failure::Kind::Late, "the database did not answer in time"});
    });
    calls_->emplace(id, std::move(call));
    return id;
}

std::unique_ptr<Store::Call> Store::take(Calls& calls, std::uint64_t id) {
    auto node = calls.extract(id);
    if (node.empty()) return nullptr;
    *node.mapped()->givenUp = true;
    return std::move(node.mapped());
}

void Store::settleLater(GMainContext* home, std::weak_ptr<Calls> calls, std::uint64_t id,
                        std::function<void(Call&)> settle) {
    postTo(home, [calls = std::move(calls), id, settle = std::move(settle)] {
        const auto open = calls.lock();
        if (const auto call = open ? take(*open, id) : nullptr) settle(*call);
    });
}

} // namespace lm::store
