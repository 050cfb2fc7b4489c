#include "service/store/store.hpp"

#include "service/logging/log.hpp"
#include "service/store/events.hpp"
#include "service/store/sessions.hpp"
#include "tests/service/store/engines.hpp"
#include "tests/service/store/gate.hpp"
#include "tests/support/eventually.hpp"

#include <algorithm>
#include <mutex>

namespace lm::store {
namespace {

using std::chrono::milliseconds;
constexpr std::chrono::seconds patience{20};

/// What is logged during a test.
class Log {
public:
    Log() {
        logging::setSink([this](std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(line);
        });
    }
    ~Log() { logging::setSink({}); }
    std::size_t count(const std::string& text) {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::count_if(
            lines_.begin(), lines_.end(), [&](const auto& line) { return line.find(text) != line.npos; }));
    }

private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
};

class Stores : public Engines {
protected:
    Stores() { options_.worker.backoff = Backoff(milliseconds(1), milliseconds(4)); }

    /// A store on the test's database, behind the gate.
    void make() {
        const auto address = *parseAddress(url_);
        const auto limits = limits_;
        store_ = std::make_unique<Store>(
            [address, limits,
             gate = gate_](const Interrupt& interrupt) -> Outcome<std::unique_ptr<Connection>> {
                if (auto closed = gate->passToConnect()) return *closed;
                auto real = store::connect(address, limits, interrupt);
                if (!real) return real;
                return std::unique_ptr<Connection>(std::make_unique<GatedConnection>(std::move(*real), gate));
            },
            nullptr, options_);
    }
    void makeReady() {
        make();
        ASSERT_TRUE(becomes(State::Phase::Ready));
    }
    bool becomes(State::Phase phase) {
        return test::eventually([&] { return store_->state().phase == phase; });
    }
    /// Meeting RM_<i> starts at second i.
    void start(int i) {
        store_->write(100, [i](Connection& db) -> Outcome<Done> {
            auto started = startSession(db, {"RM_" + std::to_string(i), "room", ""}, at(i));
            if (!started) return started.failure();
            return Done{};
        });
    }
    /// What `question` answers in the end.
    template <typename T>
    Outcome<T> ask(std::function<Outcome<T>(Connection&)> question, milliseconds deadline = patience) {
        std::optional<Outcome<T>> got;
        store_->ask<T>(deadline, std::move(question), [&](Outcome<T> answer) { got = std::move(answer); });
        EXPECT_TRUE(test::eventually([&] { return got.has_value(); }));
        return std::move(*got);
    }
    Outcome<std::optional<Session>> askActive(milliseconds deadline = patience) {
        return ask<std::optional<Session>>([](Connection& db) { return newestActiveSession(db, "room"); },
                                           deadline);
    }
    std::size_t stored() { return must(listSessions(*connect(), {}, {{}, 1'000'000})).items.size(); }

    Log log_;
    const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    Store::Options options_;
    std::unique_ptr<Store> store_;
};

TEST_P(Stores, ApplyWritesInTheirOrderAndAnswerQuestions) {
    makeReady();
    std::vector<int> order;
    for (int i = 0; i < 300; ++i) {
        start(i);
        store_->write(0, [&order, i](Connection&) -> Outcome<Done> {
            order.push_back(i);
            return Done{};
        });
    }
    ASSERT_TRUE(store_->flush(patience));
    EXPECT_EQ(order.size(), 300u);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(must(askActive())->meetingId, "RM_299");
    const State state = store_->state();
    EXPECT_EQ(state.written, 600u);
    EXPECT_EQ(state.waiting + state.lost + state.refused, 0u);
}

TEST_P(Stores, KeepWritesWhileTheDatabaseIsAwayAndApplyThemLaterInOrder) {
    makeReady();
    gate_->takeAway();
    for (int i = 0; i < 50; ++i)
        start(i);
    ASSERT_TRUE(becomes(State::Phase::Away));
    EXPECT_EQ(store_->state().waiting, 50u);
    EXPECT_EQ(store_->state().message, "taken away");
    EXPECT_FALSE(store_->flush(patience)) << "nobody waits for it";
    gate_->open();
    ASSERT_TRUE(test::eventually([&] { return store_->state().waiting == 0; }));
    EXPECT_EQ(store_->state().phase, State::Phase::Ready);
    EXPECT_EQ(must(askActive())->meetingId, "RM_49");
    EXPECT_EQ(stored(), 50u);
    EXPECT_EQ(log_.count("the database is away"), 1u);
    EXPECT_EQ(log_.count("the database is back"), 1u);
}

TEST_P(Stores, StartWhileTheDatabaseIsAway) {
    gate_->takeAway();
    make();
    ASSERT_TRUE(becomes(State::Phase::Away));
    start(1);
    const std::size_t before = gate_->attempts();
    ASSERT_TRUE(test::eventually([&] { return gate_->attempts() > before + 3; })) << "it is tried again";
    gate_->open();
    ASSERT_TRUE(test::eventually([&] { return store_->state().written == 1; }));
    EXPECT_EQ(must(askActive())->meetingId, "RM_1");
}

TEST_P(Stores, DropWhatThereIsNoRoomForAndCountItAndSayItOnce) {
    options_.worker.maxWrites = 10;
    gate_->takeAway();
    make();
    for (int i = 0; i < 25; ++i)
        start(i);
    EXPECT_EQ(store_->state().waiting, 10u);
    EXPECT_EQ(store_->state().lost, 15u);
    EXPECT_EQ(log_.count("is not stored"), 1u);
    gate_->open();
    ASSERT_TRUE(test::eventually([&] { return store_->state().written == 10; }));
    start(99);
    ASSERT_TRUE(store_->flush(patience)) << "there is room again";
    EXPECT_EQ(must(askActive())->meetingId, "RM_99");
}

TEST_P(Stores, AreBoundedInBytesToo) {
    options_.worker.maxBytes = 10'000;
    gate_->takeAway();
    make();
    for (int i = 0; i < 3; ++i)
        store_->write(4000, [](Connection&) -> Outcome<Done> { return Done{}; });
    EXPECT_EQ(store_->state().waiting, 2u);
    EXPECT_EQ(store_->state().lost, 1u);
}

TEST_P(Stores, GoOnWithoutAWriteThatTheDatabaseRefuses) {
    makeReady();
    gate_->hang(); // so that they meet in one transaction
    start(1);
    store_->write(0, [](Connection& db) -> Outcome<Done> {
        auto rows = db.run("INSERT INTO users (id) VALUES ('incomplete')");
        if (!rows) return rows.failure();
        return Done{};
    });
    store_->write(0, [](Connection&) -> Outcome<Done> { throw std::runtime_error("a mistake"); });
    start(2);
    gate_->open();
    ASSERT_TRUE(store_->flush(patience));
    EXPECT_EQ(store_->state().written, 2u);
    EXPECT_EQ(store_->state().refused, 2u);
    EXPECT_EQ(log_.count("refuses a write"), 1u);
    EXPECT_EQ(stored(), 2u);
}

TEST_P(Stores, AnswerAtOnceThatTheDatabaseIsAway) {
    gate_->takeAway();
    make();
    ASSERT_TRUE(becomes(State::Phase::Away));
    const auto answer = askActive(std::chrono::hours(1));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.failure().kind, Failure::Kind::Away);
}

TEST_P(Stores, AnswerAtTheDeadlineThatTheDatabaseIsSlow) {
    makeReady();
    gate_->hang();
    const auto answer = askActive(milliseconds(20));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.failure().kind, Failure::Kind::Late);
    bool ran = false;
    store_->write(0, [&](Connection&) -> Outcome<Done> { return Done{}; });
    const auto skipped = ask<bool>([&](Connection&) -> Outcome<bool> { return ran = true; }, milliseconds(1));
    EXPECT_FALSE(skipped);
    gate_->open();
    ASSERT_TRUE(store_->flush(patience));
    EXPECT_TRUE(askActive());
    EXPECT_FALSE(ran) << "nobody wants to know any more";
}

TEST_P(Stores, AnswerBeforeWritesThatWait) {
    makeReady();
    gate_->hang();
    start(0);
    gate_->awaitHanging();
    for (int i = 1; i < 1000; ++i)
        start(i);
    std::uint64_t written = 1000;
    std::optional<bool> got;
    store_->ask<bool>(
        patience, [&](Connection&) -> Outcome<bool> { return (written = store_->state().written) < 1000; },
        [&](Outcome<bool> answer) { got = static_cast<bool>(answer); });
    gate_->open();
    ASSERT_TRUE(test::eventually([&] { return got.has_value(); }));
    EXPECT_LE(written, 129u) << "one transaction at the most is waited for";
}

TEST_P(Stores, TellTheReasonWhenAQuestionFails) {
    makeReady();
    const auto failed =
        ask<bool>([](Connection&) -> Outcome<bool> { throw std::runtime_error("a mistake"); });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.failure().message, "a mistake");
    EXPECT_TRUE(askActive()) << "and go on";
}

TEST_P(Stores, ApplyAnEventThatComesTwiceOnce) {
    makeReady();
    int applied = 0;
    const Change count = [&](Connection&) -> Outcome<Done> { return ++applied, Done{}; };
    for (const char* id : {"EV_1", "EV_2", "EV_1"})
        store_->write(0, once(id, at(1), count));
    ASSERT_TRUE(store_->flush(patience));
    EXPECT_EQ(applied, 2);
    EXPECT_EQ(store_->state().refused, 0u);
}

TEST_P(Stores, StoreWhatWaitsBeforeTheyEnd) {
    makeReady();
    for (int i = 0; i < 500; ++i)
        start(i);
    store_.reset();
    EXPECT_EQ(stored(), 500u);
}

TEST_P(Stores, EndWhileTheDatabaseIsAwayAndSayWhatIsLost) {
    gate_->takeAway();
    options_.patience = std::chrono::hours(1);
    make();
    ASSERT_TRUE(becomes(State::Phase::Away));
    start(1);
    store_.reset();
    EXPECT_EQ(log_.count("what waited is not stored"), 1u);
}

TEST_P(Stores, EndWhileTheDatabaseHangs) {
    options_.patience = milliseconds(1);
    makeReady();
    gate_->hang();
    start(1);
    gate_->awaitHanging();
    bool answered = false;
    store_->ask<bool>(
        patience, [](Connection&) -> Outcome<bool> { return true; }, [&](Outcome<bool>) { answered = true; });
    store_.reset();
    gate_->open();
    EXPECT_FALSE(test::eventually([&] { return answered; }, nullptr, std::chrono::seconds(0)))
        << "whoever asked may be gone";
}

ON_BOTH_ENGINES(Stores);

class StoreOpened : public ::testing::Test {
protected:
    Result<std::unique_ptr<Store>> open(const std::string& url) {
        return Store::open(*parseAddress(url), nullptr, options_);
    }
    const test::TemporaryDirectory directory_;
    const std::string file_ = "sqlite:" + (directory_.path() / "x.db").string();
    Store::Options options_;
};

TEST_F(StoreOpened, IsReadyWithItsTables) {
    auto store = open(file_);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*store)->state().phase, State::Phase::Ready);
}

TEST_F(StoreOpened, RefusesADatabaseOfANewerProgram) {
    Store::Options newer;
    const auto next = static_cast<std::uint32_t>(shippedMigrations().size() + 1);
    newer.worker.migrations.push_back({next, "9999-later.sql", "CREATE TABLE later (x BIGINT)"});
    ASSERT_TRUE(Store::open(*parseAddress(file_), nullptr, newer));
    const auto store = open(file_);
    ASSERT_FALSE(store);
    EXPECT_NE(store.error().message.find("newer"), std::string::npos) << store.error().message;
}

TEST_F(StoreOpened, SurvivesARestartOfTheServer) {
    options_.worker.backoff = Backoff(milliseconds(5), milliseconds(50));
    const auto store = open(cluster().url("schema=restart"));
    ASSERT_TRUE(store) << store.error().message;
    const auto start = [&](const std::string& meeting) {
        (*store)->write(0, [meeting](Connection& db) -> Outcome<Done> {
            auto started = startSession(db, {meeting, "room", ""}, domain::UtcTime());
            if (!started) return started.failure();
            return Done{};
        });
    };
    start("RM_before");
    ASSERT_TRUE((*store)->flush(patience));
    cluster().stop();
    start("RM_meanwhile");
    EXPECT_TRUE(test::eventually([&] { return (*store)->state().phase == State::Phase::Away; }));
    cluster().start();
    EXPECT_TRUE(test::eventually([&] { return (*store)->state().written == 2; }));
    EXPECT_EQ((*store)->state().phase, State::Phase::Ready);
}

TEST_F(StoreOpened, StartsWithoutTheServerAndWithoutItsPasswordInTheLog) {
    Log log;
    cluster().stop();
    const auto store = open(cluster().url("schema=away"));
    cluster().start();
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ(log.count("the database is away"), 1u);
    EXPECT_EQ(log.count("hunter2"), 0u);
}

} // namespace
} // namespace lm::store
