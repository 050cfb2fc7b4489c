#pragma once

#include "plugins/wavfilesink/listener.hpp"

#include <gst/gst.h>

namespace lm::wavfilesink {

/// Makes element messages and debug lines of what a recorder tells. Lives in the element it posts for.
class Reporter : public Listener {
public:
    explicit Reporter(GstElement* element) : element_(element) {}

    void partOpened(const PartInfo& part) override;
    void partClosed(const PartInfo& part) override;
    void paused(std::uint64_t sample, const std::string& reason, const std::string& path) override;
    void resumed(std::uint64_t sample, std::uint64_t skipped) override;
    void finished(const Stats& stats) override;

private:
    void post(GstStructure* structure);
    GstElement* const element_;
};

} // namespace lm::wavfilesink
