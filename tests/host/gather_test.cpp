#include "host/queue.h"

#include <functional>

#include "tests/host/device_fixture.h"

namespace zerocl {
namespace {

// Keeps launches of one kernel and later launches them one by one.
class OneByOne final : public LaunchGatherer {
 public:
  explicit OneByOne(std::string op) : op_(std::move(op)) {}
  bool take(const LaunchRequest& request) override {
    if (request.id.op != op_) return false;
    taken_.push_back({request.id,
                      request.global,
                      request.local,
                      {request.buffers.begin(), request.buffers.end()},
                      {request.args.begin(), request.args.end()}});
    return true;
  }
  bool empty() const override { return taken_.empty(); }
  bool knows(std::string_view op, std::string_view) const override { return op == op_; }
  bool full() const override { return taken_.size() >= most; }
  void begin() override { ++begins; }
  std::shared_ptr<const GatheredLaunches> run(Queue& queue) override {
    ++runs;
    auto launches = std::make_shared<Launches>();
    launches->taken = std::exchange(taken_, {});
    if (fails) throw Error("the gatherer failed");
    launch(queue, *launches);
    return launches;
  }
  void run_again(Queue& queue, const GatheredLaunches& launches) override {
    ++again;
    launch(queue, dynamic_cast<const Launches&>(launches));
  }
  std::size_t most = 100;
  int runs = 0, begins = 0, again = 0;
  bool fails = false;

 private:
  struct Taken {
    KernelId id;
    Range global, local;
    std::vector<BufferView> buffers;
    std::vector<std::byte> args;
  };
  struct Launches final : GatheredLaunches {
    std::vector<Taken> taken;
  };
  static void launch(Queue& queue, const Launches& launches) {
    for (const Taken& t : launches.taken)
      queue.launch_bytes(t.id, t.global, t.local, t.buffers, t.args.data(), t.args.size());
  }
  std::string op_;
  std::vector<Taken> taken_;
};

class GatherTest : public QueueFixture {
 protected:
  void TearDown() override {
    queue_.reset();  // before the gatherer
  }
  void affine(const Buffer& from, const Buffer& to, std::int32_t factor, std::int32_t summand) {
    queue_->launch({"affine", ""}, {64}, {1}, {from, to}, affine_args{64, factor, summand});
  }
  std::int32_t second(const Buffer& of) {
    std::vector<std::int32_t> values(64);
    queue_->read(of, std::span(values));
    return values[1];
  }

  OneByOne gatherer_{"affine"};
};

TEST_F(GatherTest, RunsWhatIsGatheredBeforeARead) {
  queue_->gather(&gatherer_);
  EXPECT_TRUE(queue_->gathering());
  affine(x_, y_, 3, 5);  // 8
  affine(y_, x_, 2, 0);  // 16
  EXPECT_EQ(gatherer_.runs, 0);
  EXPECT_EQ(second(x_), 16);
  EXPECT_EQ(gatherer_.runs, 1);
  EXPECT_EQ(second(x_), 16);
  EXPECT_EQ(gatherer_.runs, 1);  // nothing was gathered since
}

TEST_F(GatherTest, KeepsTheOrderAroundEverythingElse) {
  queue_->gather(&gatherer_);
  affine(x_, y_, 3, 5);  // y: 5, 8, ..
  queue_->launch({"reversed", "group"}, {64}, {64}, {y_, x_}, affine_args{64, 0, 0});  // x[62] = 8
  EXPECT_EQ(gatherer_.runs, 1);
  affine(x_, y_, 1, 1);
  queue_->copy(y_, x_, 256);
  EXPECT_EQ(gatherer_.runs, 2);
  affine(x_, y_, 1, 0);
  queue_->fill(x_, 0);
  EXPECT_EQ(gatherer_.runs, 3);
  affine(x_, x_, 1, 9);
  queue_->finish();
  EXPECT_EQ(gatherer_.runs, 4);
  EXPECT_EQ(second(x_), 9);
  EXPECT_EQ(second(y_), 3 * 62 + 5 + 1);
}

TEST_F(GatherTest, ChecksALaunchWhenItIsAskedFor) {
  queue_->gather(&gatherer_);
  EXPECT_TRUE(contains(error_of([&] {
                         queue_->launch({"affine", ""}, {64}, {1}, {x_}, affine_args{});
                       }),
                       "takes 3 arguments"));
  EXPECT_TRUE(gatherer_.empty());
}

TEST_F(GatherTest, EndsWithWhatWasGathered) {
  queue_->gather(&gatherer_);
  affine(x_, y_, 3, 5);
  queue_->gather(nullptr);
  EXPECT_EQ(gatherer_.runs, 1);
  EXPECT_FALSE(queue_->gathering());
  affine(x_, y_, 1, 1);
  EXPECT_EQ(second(y_), 2);
  EXPECT_EQ(gatherer_.runs, 1);
}

TEST_F(GatherTest, RunsWhatIsGatheredWhenTheGathererIsFull) {
  gatherer_.most = 2;
  queue_->gather(&gatherer_);
  EXPECT_EQ(gatherer_.begins, 1);
  affine(x_, y_, 3, 5);  // 8
  EXPECT_EQ(gatherer_.runs, 0);
  affine(y_, x_, 2, 0);  // 16
  EXPECT_EQ(gatherer_.runs, 1);
  EXPECT_TRUE(gatherer_.empty());
  EXPECT_TRUE(queue_->gathering());
  EXPECT_EQ(second(x_), 16);
  EXPECT_EQ(gatherer_.runs, 1);
}

TEST_F(GatherTest, AFailureReachesTheCallerAndIsOver) {
  queue_->gather(&gatherer_);
  affine(x_, y_, 3, 5);
  gatherer_.fails = true;
  EXPECT_EQ(error_of([&] { queue_->finish(); }), "the gatherer failed");
  gatherer_.fails = false;
  EXPECT_TRUE(queue_->gathering());
  affine(x_, y_, 2, 0);
  EXPECT_EQ(second(y_), 2);
}

class RecordTest : public GatherTest {
 protected:
  void reversed(const Buffer& from, const Buffer& to) {
    queue_->launch({"reversed", "group"}, {64}, {64}, {from, to}, affine_args{64, 0, 0});
  }
  void fill_x(std::int32_t value) { queue_->fill(x_, static_cast<std::uint32_t>(value)); }
};

TEST_F(RecordTest, LaunchesAgainWhatWasLaunched) {
  fill_x(1);
  const LaunchRecording recording = queue_->record([&] {
    affine(x_, y_, 3, 5);
    affine(y_, x_, 2, 0);
  });
  EXPECT_TRUE(recording.complete());
  EXPECT_EQ(second(x_), 16);
  fill_x(2);
  queue_->replay(recording);
  EXPECT_EQ(second(x_), 22);
  affine(x_, y_, 1, 1);  // no longer recorded
  fill_x(3);
  queue_->replay(recording);
  EXPECT_EQ(second(x_), 28);
  EXPECT_EQ(second(y_), 14);
}

TEST_F(RecordTest, GathersAllOfARecordingAsOne) {
  gatherer_.most = 1;
  fill_x(1);
  queue_->gather(&gatherer_);
  const LaunchRecording recording = queue_->record([&] {
    affine(x_, y_, 3, 5);
    affine(y_, x_, 2, 0);
    reversed(x_, y_);
    affine(y_, x_, 1, 1);
  });
  EXPECT_TRUE(recording.complete());
  EXPECT_EQ(gatherer_.runs, 2);  // before `reversed` and at the end, full or not
  EXPECT_EQ(second(x_), 17);
  fill_x(2);
  queue_->replay(recording);
  EXPECT_EQ(gatherer_.runs, 2);
  EXPECT_EQ(gatherer_.again, 2);
  EXPECT_TRUE(queue_->gathering());
  EXPECT_EQ(second(x_), 23);
  queue_->gather(nullptr);
  EXPECT_TRUE(contains(error_of([&] { queue_->replay(recording); }), "that were gathered"));
}

TEST_F(RecordTest, KnowsItsLabelsAndWhatWasReplayedMeanwhile) {
  queue_->gather(&gatherer_);
  fill_x(1);
  const LaunchRecording first = queue_->record([&] {
    queue_->set_label("gathered");
    affine(x_, y_, 3, 5);
  });
  queue_->set_label("other");
  const LaunchRecording both = queue_->record([&] {
    queue_->replay(first);
    EXPECT_EQ(queue_->label(), "gathered");
    queue_->set_label("single");
    reversed(y_, x_);
  });
  EXPECT_TRUE(both.complete());
  EXPECT_EQ(second(x_), 8);
  fill_x(2);
  queue_->set_label("other");
  queue_->replay(both);
  EXPECT_EQ(queue_->label(), "single");
  EXPECT_EQ(second(x_), 11);
}

TEST_F(RecordTest, IsOfLaunchesAlone) {
  const std::vector<std::int32_t> words(64);
  const std::vector<std::function<void()>> others = {
      [&] { queue_->copy(x_, y_, 256); },           [&] { fill_x(1); },        [&] { second(x_); },
      [&] { queue_->write(x_, std::span(words)); }, [&] { queue_->handle(); },
  };
  for (const auto& other : others) {
    const LaunchRecording recording = queue_->record([&] {
      affine(x_, y_, 3, 5);
      other();
    });
    EXPECT_FALSE(recording.complete());
    EXPECT_TRUE(contains(error_of([&] { queue_->replay(recording); }), "more than launches"));
  }
}

TEST_F(RecordTest, EndsWithAFailure) {
  queue_->gather(&gatherer_);
  gatherer_.fails = true;
  EXPECT_EQ(error_of([&] { queue_->record([&] { affine(x_, y_, 3, 5); }); }),
            "the gatherer failed");
  gatherer_.fails = false;
  gatherer_.most = 1;
  affine(x_, y_, 3, 5);  // full, and no longer recorded: runs at once
  EXPECT_EQ(gatherer_.runs, 2);
}

}  // namespace
}  // namespace zerocl
