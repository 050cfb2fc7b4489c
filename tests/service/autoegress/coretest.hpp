#pragma once

#include "tests/service/autoegress/world.hpp"

#include <gtest/gtest.h>

namespace lm::autoegress {

using namespace std::chrono_literals;
using livekit::Egress;
using livekit::EgressStatus, livekit::Failure;
using Kind = Command::Kind;
using Phase = Core::Phase;

inline CoreOptions options() {
    CoreOptions options;
    options.sendsToUs = [](const std::string& url) { return url.starts_with("ws://ours/"); };
    options.random = [] { return 0.5; };
    return options;
}

class CoreTest : public ::testing::Test {
protected:
    static Publication track(const std::string& sid = "TR_1") {
        return {"demo", "RM_1", "alice", "PA_1", sid};
    }

    std::vector<Command> tick() {
        core_.tick(now_);
        return core_.take();
    }
    /// The one command there is.
    Command only() {
        auto commands = core_.take();
        EXPECT_EQ(commands.size(), 1u);
        return commands.empty() ? Command{} : commands[0];
    }
    Phase phase(const std::string& sid = "TR_1") {
        const auto* entry = core_.find(sid);
        EXPECT_NE(entry, nullptr);
        return entry ? entry->phase : Phase::Waiting;
    }
    /// From Waiting to the command Start.
    void toStart() {
        core_.tick(now_);
        ASSERT_EQ(only().kind, Kind::Claim);
        core_.claimed("TR_1", Claim::Granted, now_);
        ASSERT_EQ(only().kind, Kind::Look);
        core_.looked("TR_1", world_.ofRoom("demo"), now_);
        ASSERT_EQ(only().kind, Kind::Start);
    }
    Egress& toRunning() {
        toStart();
        Egress& egress = world_.start(track());
        core_.started("TR_1", egress, now_);
        EXPECT_EQ(phase(), Phase::Running);
        return egress;
    }
    void publish(bool encrypted = false) {
        Publication published = track();
        published.encrypted = encrypted;
        world_.tracks.push_back({published});
        core_.published(published, now_);
    }

    Time now_{1'000'000s};
    test::World world_;
    Core core_{options()};
};

} // namespace lm::autoegress
