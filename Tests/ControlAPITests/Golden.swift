/// What the renderings are to look like.
enum Golden {
  static let listOfAllStates = #"""
    JOB          SCHEDULE            STATE      TRIES  STARTED      DURATION  NEXT
    succeeded    cron(0 12 * * ? *)  SUCCEEDED      1  12:00+09:00   12m 29s  2026-11-22 12:00+09:00
    running      rate(5 minutes)     RUNNING        2  12:00+09:00   59m 58s  2026-11-22 12:00+09:00
    failed       cron(0 12 * * ? *)  FAILED         3  12:00+09:00   12m 29s  2026-11-22 12:00+09:00
    timed-out    cron(0 12 * * ? *)  TIMED_OUT      1  12:00+09:00   12m 29s  2026-11-22 12:00+09:00
    aborted      cron(0 12 * * ? *)  ABORTED        1  12:00+09:00   12m 29s  2026-11-22 12:00+09:00
    skipped      cron(0 12 * * ? *)  SKIPPED                                  2026-11-22 12:00+09:00
    missed       cron(0 12 * * ? *)  MISSED                                   never
    pending      cron(0 12 * * ? *)  PENDING                                  2026-11-22 12:00+09:00
    later-today  cron(0 12 * * ? *)  PENDING                                  15:30+09:00
    paused       cron(0 12 * * ? *)  -                                        paused
    no-slot      cron(0 12 * * ? *)  -                                        2026-11-22 03:00Z

    ✗ failed: the essential container app exited with 1
    ⧗ timed-out: States.Timeout
    ■ aborted: stopped by an operator
    » skipped: the run of 11:00 was still going on
    ! missed: no instance was running
    ‖ paused: paused since 2026-11-20 10:00+09:00: stock-taking

    11 jobs: 1 succeeded, 1 running, 1 failed, 1 timed out, 1 aborted, 1 missed, 1 skipped, 2 pending, 2 without a slot, 1 paused

    """#

  static let narrowList = #"""
    JOB        STATE      TRIES  DURATION  NEXT
    succeeded  SUCCEEDED      1   12m 29s  2026-11-22 12:00+09:00
    running    RUNNING        2   59m 58s  2026-11-22 12:00+09:00
    failed     FAILED         3   12m 29s  2026-11-22 12:00+09:00
    timed-out  TIMED_OUT      1   12m 29s  2026-11-22 12:00+09:00

    ✗ failed: the essential container app exited with 1
    ⧗ timed-out: States.Timeout

    4 jobs: 1 succeeded, 1 running, 1 failed, 1 timed out

    """#

  /// The next time goes where a job's name would be cut.
  static let narrowestList = #"""
    JOB           STATE      TRIES  DURATION
    succeeded     SUCCEEDED      1   12m 29s
    nightly-rep…  SUCCEEDED      1   12m 29s

    2 jobs: 2 succeeded

    """#

  static let wideList = #"""
    JOB    SCHEDULE   STATE      TRIES  STARTED      DURATION  NEXT
    wide   毎日 正午  SUCCEEDED      1  12:00+09:00   12m 29s  2026-11-22 12:00+09:00
    plain  @daily     SUCCEEDED      1  12:00+09:00   12m 29s  2026-11-22 12:00+09:00

    2 jobs: 2 succeeded

    """#

  static let slotList = #"""
    JOB            SCHEDULE            STATE      SLOTS  TRIES  STARTED      DURATION  NEXT
    import-orders  */15 * * * *        RUNNING    47/50      1  12:00+09:00   59m 58s  2026-11-22 12:00+09:00
    a              cron(0 12 * * ? *)  SUCCEEDED             1  12:00+09:00   12m 29s  2026-11-22 12:00+09:00

    2 jobs: 1 succeeded, 1 running

    """#

  static let week = #"""
    2026-11-15 to 2026-11-21

    JOB             SCHEDULE            15  16  17  18  19  20  21
    nightly-report  cron(0 12 * * ? *)   ✓   ✗   ⧗   ■   !   »   ▶
    weekly          cron(0 12 * * ? *)   ·   ·   ✓   ·   ·   ·   ·

    ✓ succeeded  ▶ running  ✗ failed  ⧗ timed out  ■ aborted  ! missed  » skipped

    2 jobs: 1 running, 1 without a slot

    """#

  static let asciiWeek = #"""
    2026-11-15 to 2026-11-21

    JOB             SCHEDULE            15  16  17  18  19  20  21
    nightly-report  cron(0 12 * * ? *)   +   x   t   a   !   s   >
    weekly          cron(0 12 * * ? *)   .   .   +   .   .   .   .

    + succeeded  > running  x failed  t timed out  a aborted  ! missed  s skipped

    2 jobs: 1 running, 1 without a slot

    """#

  static let job = #"""
    nightly-report
      The report that the shops open with

      state     idle
      schedule  cron(0 12 * * ? *)  (Asia/Tokyo)
                at 12:00 every day
      next      2026-11-22 12:00+09:00
                2026-11-23 12:00+09:00
                2026-11-24 12:00+09:00
      zone      Asia/Tokyo
      policies  once per day, overlap: skip, catch-up: latest within 1d
      machine   1 state, starts at Run
                Run: Task, ecs:runTask.sync, timeout 1h, 2 retries of States.TaskFailed (after 30s, then times 2, at most 10m)
      version   no run has begun with this definition yet
      input     {"currency":"JPY","amount":3}
      notifies  arn:aws:sns:ap-northeast-1:123456789012:job-failures: failed, missed

    Latest slots
      SLOT                    STATE   RUNS  TRIES  DURATION  LATEST RUN                         WHY
      2026-11-21 12:00+09:00  FAILED     1      2    1m 58s  nightly-report.20261121T030000Z.0  the essential container app exited with 1
      2026-11-20 12:00+09:00  MISSED                                                            no instance was running

    Latest failure
      why      the essential container app exited with 1
      details  jobd ctl show nightly-report.20261121T030000Z.0
      again    jobd ctl rerun nightly-report --slot 2026-11-21T03:00:00Z

    """#

  static let run = #"""
    nightly-report.20261121T030000Z.0  FAILED

      slot     scheduled for 2026-11-21 12:00+09:00, day 2026-11-21
      started  2026-11-21 12:00:01+09:00
      ended    2026-11-21 12:02+09:00, after 1m 58s
      why      the essential container app exited with 1
      error    States.TaskFailed
      input    {"z":1,"a":2}
      runs on  host-a.41.5f, epoch 7

    Launches
      1  FAILED  Run  12:00:02+09:00, 30s
         arn:aws:ecs:ap-northeast-1:123456789012:task/batch/0f3a1
         task definition report:12
         EXIT_CODE: the essential container app exited with 1
         exit codes: app 1, log 0
      2  FAILED  Run  12:01:02+09:00, 30s
         arn:aws:ecs:ap-northeast-1:123456789012:task/batch/0f3a2
         task definition report:12
         EXIT_CODE: the essential container app exited with 1
         exit codes: app 1, log 0

    Notifications
      FAILED nightly-report 2026-11-21
         to arn:aws:sns:ap-northeast-1:123456789012:job-failures, not sent after 2 attempts: Timeout: no answer in 30 s

    Every event: jobd ctl history nightly-report.20261121T030000Z.0
    Its output:  jobd ctl logs nightly-report.20261121T030000Z.0
    Again:       jobd ctl rerun nightly-report --slot 2026-11-21T03:00:00Z

    """#

  static let jobWithPolicies = #"""
    nightly-report

      state     paused since 2026-11-20 10:00+09:00 until 2026-11-24 09:00+09:00: stock-taking
      schedule  none: runs by hand only
      zone      Asia/Tokyo
      policies  once per slot, overlap: skip, catch-up: latest within 1d
                pool: db (limit 2, priority 0)
      pool      db: 2 of 2 places taken by nightly-report.20261121T030000Z.0, nightly-report.20261121T030000Z.1; 1 slot waits
      backfill  2026-11-01 to 2026-11-20, reached 2026-11-03 12:00+09:00: 1 succeeded, 1 running, 1 failed
      machine   1 state, starts at Run
                Run: Task, ecs:runTask.sync, timeout 1h, 2 retries of States.TaskFailed (after 30s, then times 2, at most 10m)
      version   no run has begun with this definition yet

    Latest slots
      SLOT                                STATE    RUNS  TRIES  DURATION  LATEST RUN  WHY
      2026-11-21 12:00+09:00 by backfill  PENDING

    Notifications of slots
      nightly-report missed on 2026-11-20
         to https://hooks.example.com, sent 2026-11-20 14:00:01+09:00

    Why does it not run?
      the slot of 2026-11-21T03:00:00Z waits: it waits for a place in pool db (limit: 2)

    """#

  static let warnedRun = #"""
    nightly-report.20261121T030000Z.0  FAILED

      slot      by hand 2026-11-21 12:00+09:00, day 2026-11-21
      asked by  ann@host-a
      because   the books of March
      pool      db
      started   2026-11-21 12:00:01+09:00
      ended     2026-11-21 12:02+09:00, after 1m 58s
      warning   it took too long: more than 1m (tooLongAfter)
                it was late: it was to be done by 2026-11-21 12:01+09:00 (lateAfter)
      why       the essential container app exited with 1
      error     States.TaskFailed
      input     {"z":1,"a":2}
      runs on   host-a.41.5f, epoch 7

    Launches
      1  FAILED  Run  12:00:02+09:00, 30s
         arn:aws:ecs:ap-northeast-1:123456789012:task/batch/0f3a1
         task definition report:12
         EXIT_CODE: the essential container app exited with 1
         exit codes: app 1, log 0
         its last lines:
           Traceback:
           [31mno such order

    Every event: jobd ctl history nightly-report.20261121T030000Z.0
    Its output:  jobd ctl logs nightly-report.20261121T030000Z.0
    Again:       jobd ctl rerun nightly-report --slot 2026-11-21T03:00:00Z

    """#

  static let backfill = #"""
    Backfill of nightly-report
      days      2026-11-01 to 2026-11-20, 2 at a time
      state     RUNNING
      started   3 slots
      slots     1 succeeded, 1 running, 1 failed
      reached   2026-11-03 12:00+09:00
      asked by  ann@host-a, 2026-11-21 13:00+09:00
      because   late files

    """#

  static let wireBackfill =
    #"{"job":"nightly-report","createdAt":"2026-11-21T04:00:00Z","from":"2026-11-01","to":"2026-11-20","maxParallel":2,"#
    + #""force":false,"requestedBy":"ann@host-a","note":"late files","state":"RUNNING","#
    + #""reachedAt":"2026-11-03T03:00:00Z","started":3,"counts":{"FAILED":1,"RUNNING":1,"SUCCEEDED":1},"#
    + #""timezone":"Asia/Tokyo"}"#

  static let wireLogs =
    #"{"run":"nightly-report.20261121T030000Z.0","timezone":"Asia/Tokyo","launch":2,"latestLaunch":2,"lines":"#
    + #"[{"at":"2026-11-21T03:00:05Z","container":"app","message":"3 shops"},"#
    + #"{"at":"2026-11-21T03:00:06.250Z","container":"log","message":"\u001b[31mflushed"}],"#
    + #""next":"{\"0f3a/app\":[\"f/1\",0]}","isAtEnd":true,"isOver":true,"isRunning":false,"#
    + #""notes":["container web logs with splunk, which jobd cannot read"]}"#

  static let status = #"""
    jobd      0.1.0
    instance  host-a.41.5f, epoch 7
    started   2026-11-20 01:30Z, 1d 02h ago
    job file  /etc/jobd/jobs.yaml, read 2026-11-20 01:30Z
    jobs      3, 1 paused
    runs      1 going on
    messages  2 not sent, the oldest 58m 00s old
              Timeout: no answer in 30 s
    store     SQLite, /var/lib/jobd/jobd.sqlite
    others    host-b.9.aa, epoch 8, lease for 12s

    """#
}
