#include "service/exports/exporter.hpp"
#include "service/exports/taskpool.hpp"
#include "tests/service/exports/files.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fewdescriptors.hpp"
#include "tests/support/temporarydirectory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>

namespace lm::exports {
namespace {

using std::chrono::milliseconds;
using Answered = std::variant<Export, Refusal>;

class Exports : public ::testing::Test {
protected:
    Exports() {
        options_.audioDirectory = directory_.path().string();
        options_.videoDirectory = directory_.path().string();
    }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(directory_.path() / name, std::ios::binary) << text;
    }
    static PlannedTrack sound(const std::string& file, milliseconds start = milliseconds(0)) {
        return {"TR", false, {{std::string("r.").append(file), file, domain::UtcTime(start)}}};
    }
    /// One of a second that nothing makes shorter.
    static std::string noise(std::size_t frames) {
        std::string text = wavOf(frames, 1, 48000);
        std::uint32_t value = 1;
        for (std::size_t i = wav::headerBytes; i < text.size(); ++i)
            text[i] = static_cast<char>((value = value * 1664525 + 1013904223) >> 24);
        return text;
    }
    Answered make(std::vector<PlannedTrack> tracks) {
        std::promise<Answered> answer;
        exporter().start({"RM ann", std::move(tracks), {}}, exporter().takePlace(),
                         [&](Answered made) { answer.set_value(std::move(made)); });
        return answer.get_future().get();
    }
    static http::BodySource::Piece piece(http::BodySource& body) {
        std::promise<http::BodySource::Piece> got;
        body.read([&](http::BodySource::Piece read) { got.set_value(std::move(read)); });
        return got.get_future().get();
    }
    Exporter& exporter() {
        if (!exporter_) exporter_ = std::make_unique<Exporter>(options_);
        return *exporter_;
    }
    bool free() {
        return test::eventually([&] {
            std::vector<Exporter::Place> places;
            for (std::size_t i = 0; i < options_.most; ++i)
                places.push_back(exporter().takePlace());
            return places.back() != nullptr;
        });
    }

    const test::TemporaryDirectory directory_;
    Options options_;
    std::unique_ptr<Exporter> exporter_;
};

TEST_F(Exports, AreMatroskaFilesThatEnd) {
    write("a.wav", noise(48000));
    write("b.wav", noise(48000));
    auto made = make({sound("a.wav"), sound("b.wav", milliseconds(300))});
    ASSERT_TRUE(std::holds_alternative<Export>(made)) << std::get<Refusal>(made).reason;
    auto& [body, leftOut] = std::get<Export>(made);
    EXPECT_TRUE(leftOut.empty());
    std::string all;
    for (auto next = piece(*body); next && !next->empty(); next = piece(*body))
        all += *next;
    EXPECT_TRUE(all.starts_with("\x1a\x45\xdf\xa3"));
    EXPECT_GT(all.size(), 190'000u);
    EXPECT_NE(all.find("RM ann"), std::string::npos);
    body.reset();
    EXPECT_TRUE(free());
}

TEST_F(Exports, EndWithTheirBody) {
    options_.most = 1;
    write("a.wav", noise(1'000'000));
    auto made = make({sound("a.wav")});
    ASSERT_TRUE(std::holds_alternative<Export>(made)) << std::get<Refusal>(made).reason;
    EXPECT_EQ(exporter().takePlace(), nullptr) << "as many as may be";
    made = Refusal{};
    EXPECT_TRUE(free()) << "though it was not read to its end";
}

/// Threads whose names begin with `name`, and how many of them go behind the others.
std::pair<int, int> threads(const std::string& name) {
    int all = 0, behind = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string comm;
        std::getline(std::ifstream(task.path() / "comm"), comm);
        if (!comm.starts_with(name)) continue;
        ++all;
        behind +=
            ::getpriority(PRIO_PROCESS, static_cast<id_t>(std::stoul(task.path().filename()))) == niceness;
    }
    return {all, behind};
}

TEST_F(Exports, AreMadeByThreadsThatGoBehindAllOthers) {
    write("a.wav", noise(1'000'000));
    const auto made = make({sound("a.wav"), sound("a.wav")});
    ASSERT_TRUE(std::holds_alternative<Export>(made));
    EXPECT_TRUE(test::eventually([] { return threads("feed") == std::pair(2, 2); }));
}

TEST_F(Exports, EndWithTheExporter) {
    write("a.wav", noise(1'000'000));
    auto made = make({sound("a.wav")});
    ASSERT_TRUE(std::holds_alternative<Export>(made));
    exporter_.reset();
    auto& body = *std::get<Export>(made).body;
    EXPECT_EQ(piece(body), std::nullopt);
}

TEST_F(Exports, LeaveOutWhatIsNotThere) {
    write("a.wav", noise(4800));
    write("v.mkv", "\x1a\x45\xdf\xa3 and no picture");
    PlannedTrack video{"TR_v", true, {{"v.1", "v.mkv", {}}}};
    auto made = make({sound("a.wav"), sound("gone.wav"), sound("../etc/passwd"), video});
    ASSERT_TRUE(std::holds_alternative<Export>(made)) << std::get<Refusal>(made).reason;
    std::vector<std::string> missing;
    for (const LeftOut& each : std::get<Export>(made).leftOut)
        missing.push_back(each.recording);
    EXPECT_EQ(missing, (std::vector<std::string>{"r.gone.wav", "r.../etc/passwd", "v.1"}));
}

TEST_F(Exports, AreRefusedWithAReason) {
    const auto refused = [&](std::vector<PlannedTrack> tracks) {
        const auto made = make(std::move(tracks));
        return std::holds_alternative<Refusal>(made) ? std::get<Refusal>(made) : Refusal{};
    };
    using Kind = Refusal::Kind;
    write("a.wav", noise(4800));
    EXPECT_EQ(refused({}).kind, Kind::Nothing);
    const Refusal gone = refused({sound("gone.wav")});
    EXPECT_EQ(gone.kind, Kind::Nothing);
    EXPECT_NE(gone.reason.find("Of r.gone.wav: its file is not here"), std::string::npos) << gone.reason;
    EXPECT_EQ(refused(std::vector(options_.mostTracks + 1, sound("a.wav"))).kind, Kind::TooMuch);
    const Refusal apart = refused({sound("a.wav"), sound("a.wav", std::chrono::hours(24 * 365))});
    EXPECT_EQ(apart.kind, Kind::TooMuch);
    write("v.mkv", "\x1a\x45\xdf\xa3 and \x1f\x43\xb6\x75 that are no file");
    PlannedTrack video{"TR_v", true, {{"v.1", "v.mkv", {}}}};
    EXPECT_EQ(refused({video}).kind, Kind::Unusable);
    EXPECT_TRUE(free());
}

TEST_F(Exports, LeaveTheLastDescriptorsToTheTracksInProgress) {
    write("a.wav", noise(4800));
    exporter();
    const test::FewDescriptors few(1);
    const auto made = make({sound("a.wav")});
    ASSERT_TRUE(std::holds_alternative<Refusal>(made));
    EXPECT_EQ(std::get<Refusal>(made).kind, Refusal::Kind::Busy);
}

TEST_F(Exports, AreNotBegunForSomebodyWhoHasGone) {
    write("a.wav", noise(1'000'000));
    options_.most = 1;
    const auto end =
        exporter().start({"RM ann", {sound("a.wav")}, {}}, exporter().takePlace(), [](Answered) {});
    end();
    EXPECT_TRUE(free());
}

} // namespace
} // namespace lm::exports
