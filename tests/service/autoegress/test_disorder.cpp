/// Random meetings with everything that goes wrong: webhooks lost, repeated, late and out of order, failing
/// and silent starts, several replicas. After peace has come every published track has exactly one egress.

#include "service/autoegress/core.hpp"
#include "tests/service/autoegress/world.hpp"
#include "tests/support/rounds.hpp"

#include <gtest/gtest.h>

namespace lm::autoegress {
namespace {

using namespace std::chrono_literals;
using livekit::Egress;
using livekit::EgressStatus;
using livekit::Failure;

class Simulation {
public:
    Simulation(unsigned seed, std::size_t replicas) : random_(seed) {
        CoreOptions options;
        options.sendsToUs = [](const std::string& url) { return url.starts_with("ws://ours/"); };
        options.random = [this] { return std::uniform_real_distribution<>(0, 1)(random_); };
        for (std::size_t i = 0; i < replicas; ++i)
            cores_.push_back(std::make_unique<Core>(options));
    }

    void run() {
        for (int step = 0; step < 400; ++step) {
            happen();
            now_ += std::chrono::milliseconds(pick(2000));
            for (std::size_t i = 0; i < cores_.size(); ++i)
                work(i);
            if (pick(10) == 0) cores_[pick(cores_.size())]->apply(world_.snapshot(now_), now_);
        }
        peace_ = true;
        for (int round = 0; round < 60; ++round) {
            now_ += 10s;
            while (!news_.empty())
                tell(0);
            for (std::size_t i = 0; i < cores_.size(); ++i) {
                cores_[i]->apply(world_.snapshot(now_), now_);
                for (int turn = 0; turn < 5; ++turn)
                    work(i);
            }
        }
    }

    void expectOneForEach() {
        for (const auto& track : world_.tracks) {
            const bool wanted = track.published && !track.publication.encrypted;
            EXPECT_EQ(world_.liveOf(track.publication.track), wanted ? 1u : 0u) << track.publication.track;
        }
        for (const auto& core : cores_)
            for (const auto& [track, entry] : core->entries())
                EXPECT_TRUE(entry.phase == Core::Phase::Running || entry.phase == Core::Phase::Encrypted)
                    << track;
    }

    std::size_t most() const { return most_; }

private:
    using News = std::function<void(Core&, Time)>;

    std::size_t pick(std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
    }

    void send(News news) {
        if (pick(5) == 0) return; // lost
        news_.push_back(news);
        if (pick(5) == 0) news_.push_back(std::move(news)); // twice
    }
    /// To one replica: a load balancer stands in front.
    void tell(std::size_t which) {
        const News news = std::move(news_[which]);
        news_.erase(news_.begin() + static_cast<std::ptrdiff_t>(which));
        news(*cores_[pick(cores_.size())], now_);
    }

    void happen() {
        const auto what = pick(10);
        if (what < 3 && world_.tracks.size() < 40) {
            publish();
        } else if (what == 3 && !world_.tracks.empty()) {
            unpublish(world_.tracks[pick(world_.tracks.size())]);
        } else if (what == 4 && !world_.egresses.empty()) {
            fail(world_.egresses[pick(world_.egresses.size())]);
        } else if (!news_.empty()) {
            tell(pick(news_.size()));
        }
    }
    void publish() {
        Publication track{"demo", "RM_demo", "p" + std::to_string(pick(6)), "PA",
                          "TR_" + std::to_string(++tracks_)};
        track.encrypted = pick(8) == 0;
        world_.tracks.push_back({track});
        send([track](Core& core, Time now) { core.published(track, now); });
    }
    void unpublish(test::World::Track& track) {
        track.published = false;
        const std::string sid = track.publication.track;
        send([sid](Core& core, Time now) { core.unpublished(sid, now); });
        for (Egress& egress : world_.egresses)
            if (egress.trackId == sid && livekit::isLive(egress.status) && pick(4) != 0)
                end(egress, EgressStatus::Complete, "End reason: Source closed");
    }
    void fail(Egress& egress) {
        if (livekit::isLive(egress.status)) end(egress, EgressStatus::Failed, "End reason: Failure");
    }
    void end(Egress& egress, EgressStatus status, const std::string& details) {
        world_.end(egress, status, details);
        send([copy = egress](Core& core, Time now) { core.egressChanged(copy, now); });
    }

    void work(std::size_t which) {
        Core& core = *cores_[which];
        core.tick(now_);
        for (const Command& command : core.take())
            obey(which, command);
        for (const auto& track : world_.tracks)
            most_ = std::max(most_, world_.liveOf(track.publication.track));
    }
    void obey(std::size_t which, const Command& command) {
        Core& core = *cores_[which];
        const std::string sid = command.track.track;
        switch (command.kind) {
        case Command::Kind::Claim: {
            auto& lease = leases_[sid];
            const bool mine = lease.second == which || lease.first <= now_;
            if (mine) lease = {now_ + 120s, which};
            return core.claimed(sid, mine ? Claim::Granted : Claim::Denied, now_);
        }
        case Command::Kind::Look:
            if (!peace_ && pick(6) == 0) return core.looked(sid, Failure{Failure::Kind::Busy, "busy"}, now_);
            return core.looked(sid, world_.ofRoom("demo"), now_);
        case Command::Kind::Start:
            return start(core, command.track);
        case Command::Kind::Stop:
            for (Egress& egress : world_.egresses)
                if (egress.id == command.egressId && livekit::isLive(egress.status))
                    end(egress, EgressStatus::Complete, "End reason: StopEgress API");
        }
    }
    void start(Core& core, const Publication& track) {
        const auto fate = peace_ ? 0 : pick(6);
        if (fate == 1) return core.started(track.track, Failure{Failure::Kind::Busy, "no capacity"}, now_);
        Egress& egress = world_.start(track);
        const Egress starting = egress;
        send([starting](Core& c, Time now) { c.egressChanged(starting, now); });
        if (fate == 2) return core.started(track.track, Failure{Failure::Kind::Late, "no answer"}, now_);
        core.started(track.track, starting, now_);
        egress.status = EgressStatus::Active;
        send([active = egress](Core& c, Time now) { c.egressChanged(active, now); });
    }

    std::mt19937 random_;
    test::World world_;
    std::vector<std::unique_ptr<Core>> cores_;
    std::vector<News> news_;
    std::map<std::string, std::pair<Time, std::size_t>> leases_;
    Time now_{1'000'000s};
    int tracks_ = 0;
    bool peace_ = false;
    std::size_t most_ = 0;
};

class Disorder : public ::testing::TestWithParam<unsigned> {};

TEST_P(Disorder, EndsWithOneEgressForEveryTrack) {
    Simulation simulation(GetParam(), 1);
    simulation.run();
    simulation.expectOneForEach();
    EXPECT_EQ(simulation.most(), 1u) << "never two for one track";
}

TEST_P(Disorder, EndsWithOneEgressForEveryTrackAcrossReplicas) {
    Simulation simulation(GetParam(), 3);
    simulation.run();
    simulation.expectOneForEach();
    EXPECT_EQ(simulation.most(), 1u) << "never two for one track";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Disorder, ::testing::Range(1u, 1u + test::rounds(40)));

} // namespace
} // namespace lm::autoegress
