#include "service/association/lookup.hpp"

#include "service/store/sessions.hpp"
#include "tests/service/store/engines.hpp"
#include "tests/service/store/gate.hpp"
#include "tests/support/eventually.hpp"

namespace lm::store {
namespace {

class LookUpTest : public Engines {
protected:
    LookUpTest() {
        Store::Options options;
        options.worker.backoff = Backoff(std::chrono::milliseconds(1), std::chrono::milliseconds(4));
        store_ = std::make_unique<Store>(
            [gate = gate_, address = *parseAddress(url_),
             limits = limits_](const Interrupt& interrupt) -> Outcome<std::unique_ptr<Connection>> {
                if (auto closed = gate->passToConnect()) return *closed;
                auto real = store::connect(address, limits, interrupt);
                if (!real) return real.failure();
                return std::unique_ptr<Connection>(std::make_unique<GatedConnection>(std::move(*real), gate));
            },
            nullptr, options);
        lookUp_ = association::lookUpIn(*store_);
        EXPECT_TRUE(test::eventually([this] { return store_->state().phase == State::Phase::Ready; }));
    }
    ~LookUpTest() override { gate_->open(); }
    void session(const std::string& meeting, int start, const std::string& room = "daily") {
        must(startSession(*db_, {meeting, room, meeting}, at(start)));
    }
    std::optional<std::string> found(const std::string& room) {
        std::optional<std::string> meeting;
        lookUp_(room, [&](std::string found) { meeting = std::move(found); });
        EXPECT_TRUE(test::eventually([&] { return meeting.has_value(); }));
        return meeting;
    }

    const std::unique_ptr<Connection> db_ = connectMigrated();
    const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    std::unique_ptr<Store> store_;
    association::LookUp lookUp_;
};

TEST_P(LookUpTest, FindsTheNewestActiveSessionOfTheRoom) {
    EXPECT_EQ(found("daily"), "");
    session("old", 1);
    session("new", 5);
    session("other", 9, "weekly");
    session("over", 7);
    must(endSession(*db_, {"over", "daily", "over"}, at(8)));
    EXPECT_EQ(found("daily"), "new");
}

TEST_P(LookUpTest, FindsNothingWhileTheDatabaseIsAwayOrLate) {
    session("RM_1", 1);
    gate_->hang();
    EXPECT_EQ(found("daily"), "") << "after the deadline";
    gate_->open();
    gate_->takeAway();
    EXPECT_EQ(found("daily"), "");
    EXPECT_EQ(found("daily"), "") << "at once, now that this is known";
    gate_->open();
    EXPECT_TRUE(test::eventually([this] { return found("daily") == "RM_1"; })) << "it is back";
}

ON_BOTH_ENGINES(LookUpTest);

} // namespace
} // namespace lm::store
