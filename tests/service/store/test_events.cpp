#include "service/store/events.hpp"
#include "service/store/sessions.hpp"
#include "tests/service/store/engines.hpp"

#include <future>
#include <thread>

namespace lm::store {
namespace {

class Events : public Engines {
protected:
    const std::unique_ptr<Connection> db_ = connectMigrated();
};

TEST_P(Events, AreSeenForTheFirstTimeOnce) {
    EXPECT_TRUE(must(firstSight(*db_, "EV_1", at(1))));
    EXPECT_FALSE(must(firstSight(*db_, "EV_1", at(2))));
    EXPECT_TRUE(must(firstSight(*db_, "EV_2", at(2))));
    EXPECT_FALSE(must(firstSight(*connect(), "EV_1", at(3)))) << "another replica";
}

TEST_P(Events, ThatWereRolledBackWereNeverSeen) {
    const auto failed = inTransaction(*db_, [&]() -> Outcome<bool> {
        EXPECT_TRUE(must(firstSight(*db_, "EV_1", at(1))));
        return Failure{Failure::Kind::Refused, "what the event asked for failed"};
    });
    EXPECT_FALSE(failed);
    EXPECT_TRUE(must(firstSight(*db_, "EV_1", at(2))));
}

TEST_P(Events, AreAppliedByOneOfTwoReplicasThatHearThemAtTheSameTime) {
    constexpr int events = 40;
    const auto replica = [&](std::unique_ptr<Connection> db) {
        int applied = 0;
        for (int i = 0; i < events; ++i) {
            const auto first = inTransaction(
                *db, [&]() -> Outcome<bool> { return firstSight(*db, "EV_" + std::to_string(i), at(1)); });
            applied += must(first);
        }
        return applied;
    };
    auto one = std::async(std::launch::async, replica, connect());
    auto other = std::async(std::launch::async, replica, connect());
    EXPECT_EQ(one.get() + other.get(), events);
}

TEST_P(Events, ThatAnotherReplicaIsApplyingAreWaitedFor) {
    const auto other = connect();
    must(db_->begin());
    EXPECT_TRUE(must(firstSight(*db_, "EV_1", at(1))));
    auto second = std::async(std::launch::async, [&] {
        return inTransaction(*other, [&]() -> Outcome<bool> { return firstSight(*other, "EV_1", at(1)); });
    });
    must(db_->commit());
    EXPECT_FALSE(must(second.get()));
}

TEST_P(Events, AreForgottenWhenTheyAreOld) {
    must(firstSight(*db_, "EV_old", at(1)));
    must(firstSight(*db_, "EV_new", at(5)));
    EXPECT_EQ(must(forgetEvents(*db_, at(5))), 1u);
    EXPECT_TRUE(must(firstSight(*db_, "EV_old", at(6))));
    EXPECT_FALSE(must(firstSight(*db_, "EV_new", at(6))));
}

ON_BOTH_ENGINES(Events);

} // namespace
} // namespace lm::store
