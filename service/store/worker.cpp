#include "service/store/worker.hpp"

#include "service/logging/log.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace lm::store {
namespace {

using std::chrono::steady_clock;

constexpr char component[] = "store";

/// A change that throws is a mistake in the program: the queue goes on without it.
Outcome<Done> attempt(const Change& change, Connection& connection) {
    try {
        return change(connection);
    } catch (const std::exception& e) {
        return Failure{Failure::Kind::Refused, e.what()};
    }
}

/// Whether the same may work another time.
bool passes(const Failure& failure) {
    return failure.kind == Failure::Kind::Away || failure.kind == Failure::Kind::Unfit ||
           failure.kind == Failure::Kind::Late;
}

void sayWhy(const Failure& failure) {
    if (failure.kind == Failure::Kind::Unfit)
        logging::error(component, "the database cannot be used; what is to be stored is kept in memory",
                       {{"reason", failure.message}});
    else
        logging::warning(component,
                         "the database is away; what is to be stored is kept in memory until it is back",
                         {{"reason", failure.message}});
}

} // namespace

Worker::Worker(Connector connector, WorkerOptions options)
    : connector_(std::move(connector)), options_(std::move(options)), backoff_(options_.backoff) {}

void Worker::run() {
    while (!queue_.lock()->ending)
        step();
    connection_.reset();
    queue_.lock()->ended = true;
    changed_.notify_all();
}

void Worker::step() {
    if (!backoff_.due(steady_clock::now())) return rest();
    if ((!connection_ || !connection_->usable()) && !connect()) return;
    if (answer()) return;
    if (!batch_.empty() || takeBatch()) return apply();
    rest();
}

bool Worker::connect() {
    connection_.reset();
    auto opened = connector_(interrupt_);
    if (!opened) return failed(opened.failure()), false;
    auto migrated = migrate(**opened, options_.migrations, std::chrono::system_clock::now());
    if (!migrated) return failed(migrated.failure()), false;
    connection_ = std::move(*opened);
    for (const Migration& migration : *migrated)
        logging::info(component, "migration applied", {{"file", migration.name}});
    std::size_t waiting = 0;
    State::Phase before;
    {
        auto q = queue_.lock();
        before = std::exchange(q->state.phase, State::Phase::Ready);
        q->state.message.clear();
        waiting = q->state.waiting;
    }
    changed_.notify_all();
    if (before != State::Phase::Connecting)
        logging::info(component, "the database is back", {{"waiting", waiting}});
    return true;
}

/// Waits for something to do. While the database is left alone only questions are: they are told so.
void Worker::rest() {
    const auto now = steady_clock::now();
    const bool away = !backoff_.due(now);
    const auto until = away ? backoff_.retryAt() : now + options_.idle;
    bool woken = false;
    {
        auto q = queue_.lock();
        woken = q.waitUntil(changed_, until, [&] {
            return q->ending || !q->questions.empty() || (!away && !q->writes.empty());
        });
    }
    if (away)
        turnAway(reason_);
    else if (!woken)
        look();
}

/// Notices a connection that died unnoticed before somebody needs it.
void Worker::look() {
    const auto alive = connection_->run("SELECT 1");
    if (alive)
        worked();
    else
        failed(alive.failure());
}

bool Worker::answer() {
    Question question;
    {
        auto q = queue_.lock();
        if (q->questions.empty()) return false;
        question = std::move(q->questions.front());
        q->questions.pop_front();
    }
    question(connection_.get(), {});
    if (!connection_->usable()) failed({Failure::Kind::Away, "the connection was lost"});
    return true;
}

bool Worker::takeBatch() {
    auto q = queue_.lock();
    while (!q->writes.empty() && batch_.size() < options_.batch) {
        batch_.push_back(std::move(q->writes.front()));
        q->writes.pop_front();
    }
    return !batch_.empty();
}

void Worker::apply() {
    auto result = applyTogether();
    // One of them stands in the way of the others, or two replicas in each other's: alone they get through.
    if (!result && connection_->usable()) result = applyOneByOne();
    if (result)
        worked();
    else
        failed(result.failure());
}

Outcome<Done> Worker::applyTogether() {
    auto result = inTransaction(*connection_, [&]() -> Outcome<Done> {
        for (const Write& write : batch_)
            if (auto done = attempt(write.change, *connection_); !done) return done;
        return Done{};
    });
    if (!result) return result;
    refusing_ = false;
    applied(batch_.size(), 0);
    return result;
}

/// A batch of another replica may stand in the way of a single write, too: PostgreSQL then ends one of the
/// two, and the next time the other is done.
Outcome<Done> Worker::applyFirst() {
    constexpr int most = 8;
    for (int i = 1;; ++i) {
        auto result =
            inTransaction(*connection_, [&] { return attempt(batch_.front().change, *connection_); });
        const bool again = !result && result.failure().kind == Failure::Kind::Away && connection_->usable();
        if (!again || i == most) return result;
    }
}

Outcome<Done> Worker::applyOneByOne() {
    while (!batch_.empty()) {
        const auto result = applyFirst();
        if (!result && (passes(result.failure()) || !connection_->usable())) return result.failure();
        if (!result && !std::exchange(refusing_, true))
            logging::error(component, "the database refuses a write, which is lost",
                           {{"reason", result.failure().message}});
        applied(1, result ? 0 : 1);
    }
    return Done{};
}

/// The first `writes` of the batch are done with.
void Worker::applied(std::size_t writes, std::size_t refused) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < writes; ++i) {
        bytes += batch_.front().weight;
        batch_.pop_front();
    }
    auto q = queue_.lock();
    q->bytes -= bytes;
    q->state.waiting -= writes;
    q->state.written += writes - refused;
    q->state.refused += refused;
    if (q->state.waiting == 0) q->overflowing = false;
    changed_.notify_all();
}

void Worker::worked() {
    backoff_.succeeded();
    auto q = queue_.lock();
    q->state.phase = State::Phase::Ready;
    q->state.message.clear();
}

void Worker::failed(const Failure& failure) {
    backoff_.failed(steady_clock::now());
    reason_ = failure;
    bool first = false;
    {
        auto q = queue_.lock();
        const auto phase = failure.kind == Failure::Kind::Unfit ? State::Phase::Unfit : State::Phase::Away;
        // At the end a statement is cut on purpose.
        first = std::exchange(q->state.phase, phase) != phase && !q->ending;
        q->state.message = failure.message;
        if (!q->ending) ++q->state.failures;
    }
    changed_.notify_all();
    if (first) sayWhy(failure);
    turnAway(failure);
}

/// Nobody who asks waits for a database that is away.
void Worker::turnAway(const Failure& failure) {
    std::deque<Question> questions;
    std::swap(questions, queue_.lock()->questions);
    for (const Question& question : questions)
        question(nullptr, failure);
}

void Worker::write(std::size_t weight, Change change) {
    weight += sizeof(Write);
    bool first = false;
    {
        auto q = queue_.lock();
        if (q->state.waiting < options_.maxWrites && q->bytes + weight <= options_.maxBytes) {
            q->bytes += weight;
            ++q->state.waiting;
            q->writes.push_back({weight, std::move(change)});
        } else {
            ++q->state.lost;
            first = !std::exchange(q->overflowing, true);
        }
    }
    changed_.notify_all();
    if (first) logging::error(component, "too much waits for the database; what comes now is not stored");
}

bool Worker::ask(Question question) {
    {
        auto q = queue_.lock();
        if (q->questions.size() >= options_.maxQuestions) return false;
        q->questions.push_back(std::move(question));
    }
    changed_.notify_all();
    return true;
}

State Worker::state() {
    return queue_.lock()->state;
}

bool Worker::awaitAttempt(std::chrono::milliseconds deadline) {
    auto q = queue_.lock();
    return q.waitUntil(changed_, steady_clock::now() + deadline,
                       [&] { return q->state.phase != State::Phase::Connecting; });
}

bool Worker::flush(std::chrono::milliseconds deadline) {
    auto q = queue_.lock();
    const auto away = [&] {
        return q->state.phase == State::Phase::Away || q->state.phase == State::Phase::Unfit;
    };
    q.waitUntil(changed_, steady_clock::now() + deadline, [&] { return q->state.waiting == 0 || away(); });
    return q->state.waiting == 0;
}

void Worker::end() {
    queue_.lock()->ending = true;
    interrupt_.raise();
    changed_.notify_all();
}

bool Worker::awaitEnd(std::chrono::milliseconds deadline) {
    auto q = queue_.lock();
    return q.waitUntil(changed_, steady_clock::now() + deadline, [&] { return q->ended; });
}

} // namespace lm::store
