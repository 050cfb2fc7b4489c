#include "service/exports/exporter.hpp"

#include "plugins/common/cboundary.hpp"
#include "service/downloads/readers.hpp"
#include "service/exports/opening.hpp"
#include "service/logging/log.hpp"
#include "service/pipeline/reaper.hpp"

#include <atomic>

namespace lm::exports {
namespace {

using std::chrono::seconds;

/// An export from its beginning to its end, which is that of the last handle or `end`.
class Running {
public:
    Running(std::weak_ptr<pipeline::Reaper> reaper, Exporter::Place place)
        : reaper_(std::move(reaper)), parts_(Parts{nullptr, std::move(place), false}) {}
    ~Running() { end(); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    const std::shared_ptr<Conduit>& out() const { return out_; }

    /// Keeps the pipeline and lets it run, unless it has ended meanwhile.
    void run(Ref<GstElement> pipeline) {
        {
            auto parts = parts_.lock();
            if (parts->ended) return;
            parts->pipeline = pipeline;
        }
        if (gst_element_set_state(pipeline.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
            out_->finish(false);
        // It may have been torn down just before it began to run.
        if (parts_.lock()->ended) bury({std::move(pipeline), nullptr, true});
    }

    /// Never waits. The place is free when the pipeline is down.
    void end() {
        out_->close();
        bury(std::exchange(*parts_.lock(), {nullptr, nullptr, true}));
    }

private:
    struct Parts {
        Ref<GstElement> pipeline;
        Exporter::Place place;
        bool ended = false;
    };
    void bury(Parts parts) const {
        const auto reaper = reaper_.lock(); // as long as the exporter, which ends everything
        if (parts.pipeline && reaper)
            reaper->tearDown(std::move(parts.pipeline), [place = std::move(parts.place)] {});
    }

    const std::weak_ptr<pipeline::Reaper> reaper_;
    const std::shared_ptr<Conduit> out_ = std::make_shared<Conduit>();
    Guarded<Parts> parts_;
};

class Body : public http::BodySource {
public:
    explicit Body(std::shared_ptr<Running> running) : running_(std::move(running)) {}
    ~Body() override { running_->end(); }
    std::uint64_t size() const override { return unknownSize; }
    void read(std::function<void(Piece)> done) override { running_->out()->read(std::move(done)); }

private:
    const std::shared_ptr<Running> running_;
};

/// Loads plugins and makes the classes of their elements, which threads that run at the same time had better
/// not begin with (see makeTypesEarly).
void makeElementsEarly() {
    std::vector<Source> sources(2);
    sources.front().format = {48000, 2};
    const auto pipeline = assemble(std::move(sources), "", std::make_shared<Conduit>());
    if (!pipeline)
        logging::warning("export", "exports cannot be made; are GStreamer's good plugins installed?",
                         {{"reason", pipeline.error().message}});
}

Refusal unusable() {
    return {Refusal::Kind::Unusable, "The recordings cannot be put together; the log says why."};
}

void tellLeftOut(const Plan& plan, const std::vector<LeftOut>& leftOut) {
    for (const LeftOut& each : leftOut)
        logging::warning("export", "a recording is left out",
                         {{"export", plan.title}, {"recording", each.recording}, {"reason", each.reason}});
}

/// On a reader's thread: disks may be slow.
void begin(const std::shared_ptr<Running>& running, const Plan& plan, const Options& options,
           const Exporter::Answer& answer) {
    auto opened = open(plan, options);
    if (auto* refusal = std::get_if<Refusal>(&opened)) {
        tellLeftOut(plan, plan.leftOut);
        return answer(std::move(*refusal));
    }
    auto& [sources, leftOut] = std::get<Opened>(opened);
    tellLeftOut(plan, leftOut);
    auto pipeline = assemble(std::move(sources), plan.title, running->out());
    if (!pipeline) {
        logging::error("export", "the pipeline of an export cannot be made",
                       {{"export", plan.title}, {"reason", pipeline.error().message}});
        return answer(unusable());
    }
    running->out()->await([running, answer, leftOut = std::move(leftOut)](bool some) mutable {
        if (some) return answer(Export{std::make_shared<Body>(running), std::move(leftOut)});
        running->end();
        answer(unusable());
    });
    running->run(std::move(*pipeline));
}

} // namespace

struct Exporter::Shared {
    explicit Shared(Options o) : options(std::move(o)) {}

    const Options options;
    std::shared_ptr<std::atomic<std::size_t>> taken = std::make_shared<std::atomic<std::size_t>>(0);
    downloads::Readers openers{2, 16, "lm-export-open"};
    std::shared_ptr<pipeline::Reaper> reaper = std::make_shared<pipeline::Reaper>(2);
    Guarded<std::vector<std::weak_ptr<Running>>> running;
};

Exporter::Exporter(Options options) : shared_(std::make_shared<Shared>(std::move(options))) {
    shared_->reaper->patience = seconds(2);
    makeElementsEarly();
}

Exporter::~Exporter() {
    for (const auto& each : std::exchange(*shared_->running.lock(), {}))
        if (const auto running = each.lock()) running->end();
}

Exporter::Place Exporter::takePlace() {
    if (++*shared_->taken > shared_->options.most) {
        --*shared_->taken;
        return nullptr;
    }
    return {shared_.get(), [taken = shared_->taken](void*) { --*taken; }};
}

std::function<void()> Exporter::start(Plan plan, Place place, Answer answer) {
    const auto running = std::make_shared<Running>(shared_->reaper, std::move(place));
    {
        auto all = shared_->running.lock();
        std::erase_if(*all, [](const auto& each) { return each.expired(); });
        all->push_back(running);
    }
    const bool taken =
        shared_->openers.run([running, plan = std::move(plan), options = shared_->options, answer] {
            fence("export", [&] { begin(running, plan, options, answer); });
        });
    if (!taken) answer(unusable());
    return [weak = std::weak_ptr<Running>(running)] {
        if (const auto ending = weak.lock()) ending->end();
    };
}

} // namespace lm::exports
