-- Read before: the loaded tables, and versions, periods, chain and days, which are made from them.

-- members: who is on the plan: one row per participant and stretch without a change
CREATE TEMP TABLE "members" AS
SELECT
  "v"."participant" AS "participant",
  GREATEST("v"."start", CAST('2026-01-01' AS DATE)) AS "from_day",
  LEAST("v"."end", CAST('2027-01-01' AS DATE)) AS "until_day"
FROM "versions" AS "v"
WHERE
  (
    "v"."title" = 'Account Executive'
  )
  AND "v"."start" < CAST('2027-01-01' AS DATE)
  AND "v"."end" > CAST('2026-01-01' AS DATE);

-- segments: stretches of members within periods, each with one set of attributes
CREATE TEMP TABLE "segments" AS
SELECT
  "m"."participant" AS "participant",
  "p"."every" AS "every",
  "p"."period_start" AS "period_start",
  "p"."period_end" AS "period_end",
  "p"."quota_end" AS "quota_end",
  GREATEST("m"."from_day", "p"."period_start") AS "from_day",
  LEAST("m"."until_day", "p"."period_end") AS "until_day"
FROM "members" AS "m"
JOIN "periods" AS "p"
  ON "m"."from_day" < "p"."period_end" AND "p"."period_start" < "m"."until_day";

-- member_periods: the periods in which somebody is on the plan: one row per participant and period
CREATE TEMP TABLE "member_periods" AS
SELECT DISTINCT
  "participant",
  "every",
  "period_start",
  "period_end",
  "quota_end"
FROM "segments";

-- sum_of_bookings: sum of bookings: one row per participant and slice
CREATE TEMP TABLE "sum_of_bookings" AS
SELECT
  COALESCE("s"."participant", "f"."participant") AS "participant",
  "d"."slice" AS "slice",
  CAST(SUM(
    (
      CAST("f"."amount" AS DECIMAL(38, 2)) * CAST((
        CAST(COALESCE("s"."share", CAST(100 AS DECIMAL(38, 6))) AS DECIMAL(38, 6)) * CAST(0.01 AS DECIMAL(2, 2))
      ) AS DECIMAL(38, 8))
    )
  ) AS DECIMAL(38, 10)) AS "value"
FROM "orders" AS "f"
LEFT JOIN "splits" AS "s"
  ON "s"."fact_table" = 'orders'
  AND "s"."fact" = "f"."order"
  AND COALESCE("s"."kind", 'revenue') = 'revenue'
JOIN "days" AS "d"
  ON "d"."day" = "f"."date"
WHERE
  NOT COALESCE("s"."participant", "f"."participant") IS NULL
GROUP BY
  1,
  2;

-- count_of_won_deals: count of won_deals: one row per participant and slice
CREATE TEMP TABLE "count_of_won_deals" AS
SELECT
  COALESCE("s"."participant", "f"."participant") AS "participant",
  "d"."slice" AS "slice",
  CAST(SUM(
    (
      CAST(1 AS DECIMAL(38, 0)) * CAST((
        CAST(COALESCE("s"."share", CAST(100 AS DECIMAL(38, 6))) AS DECIMAL(38, 6)) * CAST(0.01 AS DECIMAL(2, 2))
      ) AS DECIMAL(38, 8))
    )
  ) AS DECIMAL(38, 8)) AS "value"
FROM "opportunities" AS "f"
LEFT JOIN "splits" AS "s"
  ON "s"."fact_table" = 'opportunities'
  AND "s"."fact" = "f"."opportunity"
  AND COALESCE("s"."kind", 'revenue') = 'revenue'
JOIN "days" AS "d"
  ON "d"."day" = "f"."close_date"
WHERE
  NOT COALESCE("s"."participant", "f"."participant") IS NULL
  AND (
    "f"."stage" = 'won'
  )
GROUP BY
  1,
  2;

-- count_of_closed_deals: count of closed_deals: one row per participant and slice
CREATE TEMP TABLE "count_of_closed_deals" AS
SELECT
  COALESCE("s"."participant", "f"."participant") AS "participant",
  "d"."slice" AS "slice",
  CAST(SUM(
    (
      CAST(1 AS DECIMAL(38, 0)) * CAST((
        CAST(COALESCE("s"."share", CAST(100 AS DECIMAL(38, 6))) AS DECIMAL(38, 6)) * CAST(0.01 AS DECIMAL(2, 2))
      ) AS DECIMAL(38, 8))
    )
  ) AS DECIMAL(38, 8)) AS "value"
FROM "opportunities" AS "f"
LEFT JOIN "splits" AS "s"
  ON "s"."fact_table" = 'opportunities'
  AND "s"."fact" = "f"."opportunity"
  AND COALESCE("s"."kind", 'revenue') = 'revenue'
JOIN "days" AS "d"
  ON "d"."day" = "f"."close_date"
WHERE
  NOT COALESCE("s"."participant", "f"."participant") IS NULL
  AND (
    "f"."stage" IN ('won', 'lost')
  )
GROUP BY
  1,
  2;

-- sum_of_bookings_by_period: the same per participant and period
CREATE TEMP TABLE "sum_of_bookings_by_period" AS
SELECT
  "g"."participant" AS "participant",
  "g"."every" AS "every",
  "g"."period_end" AS "period_end",
  CAST(SUM("s"."value") AS DECIMAL(38, 10)) AS "value"
FROM "segments" AS "g"
JOIN "sum_of_bookings" AS "s"
  ON "s"."participant" = "g"."participant"
  AND "g"."from_day" <= "s"."slice"
  AND "s"."slice" < "g"."until_day"
GROUP BY
  1,
  2,
  3;

-- count_of_won_deals_by_period: the same per participant and period
CREATE TEMP TABLE "count_of_won_deals_by_period" AS
SELECT
  "g"."participant" AS "participant",
  "g"."every" AS "every",
  "g"."period_end" AS "period_end",
  CAST(SUM("s"."value") AS DECIMAL(38, 8)) AS "value"
FROM "segments" AS "g"
JOIN "count_of_won_deals" AS "s"
  ON "s"."participant" = "g"."participant"
  AND "g"."from_day" <= "s"."slice"
  AND "s"."slice" < "g"."until_day"
GROUP BY
  1,
  2,
  3;

-- count_of_closed_deals_by_period: the same per participant and period
CREATE TEMP TABLE "count_of_closed_deals_by_period" AS
SELECT
  "g"."participant" AS "participant",
  "g"."every" AS "every",
  "g"."period_end" AS "period_end",
  CAST(SUM("s"."value") AS DECIMAL(38, 8)) AS "value"
FROM "segments" AS "g"
JOIN "count_of_closed_deals" AS "s"
  ON "s"."participant" = "g"."participant"
  AND "g"."from_day" <= "s"."slice"
  AND "s"."slice" < "g"."until_day"
GROUP BY
  1,
  2,
  3;

-- quota_cells: one row per participant, measure and period that has a quota
CREATE TEMP TABLE "quota_cells" AS
SELECT
  "o"."participant",
  'bookings' AS "measure",
  "o"."every",
  "o"."period_start",
  "o"."period_end",
  CAST(SUM("o"."quota") AS DECIMAL(38, 2)) AS "quota"
FROM (
  SELECT
    "m"."participant",
    "m"."every",
    "m"."period_start",
    "m"."period_end",
    COALESCE(
      SUM(
        CASE
          WHEN "q"."start" = "m"."period_start"
          AND COALESCE("q"."end", "m"."quota_end") = "m"."quota_end"
          THEN "q"."quota"
        END
      ),
      SUM("q"."quota")
    ) AS "quota"
  FROM "member_periods" AS "m"
  JOIN (
    SELECT
      "participant",
      "participant" AS "owner",
      "measure",
      "start",
      "end",
      "quota" AS "quota"
    FROM "quotas"
  ) AS "q"
    ON "q"."participant" = "m"."participant"
    AND "q"."measure" = 'bookings'
    AND "m"."period_start" <= "q"."start"
    AND CASE
      WHEN "q"."end" IS NULL
      THEN "q"."start" = "m"."period_start"
      ELSE "q"."end" <= "m"."quota_end"
    END
  WHERE
    "m"."every" = 'quarter'
  GROUP BY
    "m"."participant",
    "m"."every",
    "m"."period_start",
    "m"."period_end",
    "q"."owner"
) AS "o"
GROUP BY
  "o"."participant",
  "o"."every",
  "o"."period_start",
  "o"."period_end";

-- measured: one row per participant, measure and period
CREATE TEMP TABLE "measured" AS
SELECT
  "participant",
  'bookings' AS "measure",
  "every",
  "period_start",
  "period_end",
  CAST(CAST(COALESCE("sum_of_bookings", 0) AS DECIMAL(38, 10)) AS DECIMAL(38, 12)) AS "value"
FROM (
  SELECT
    "m"."participant",
    "m"."every",
    "m"."period_start",
    "m"."period_end",
    "t0"."value" AS "sum_of_bookings"
  FROM "member_periods" AS "m"
  LEFT JOIN "sum_of_bookings_by_period" AS "t0"
    ON "t0"."participant" = "m"."participant"
    AND "t0"."every" = "m"."every"
    AND "t0"."period_end" = "m"."period_end"
  WHERE
    "m"."every" = 'quarter'
) AS "r"
UNION ALL
SELECT
  "participant",
  'won_deals' AS "measure",
  "every",
  "period_start",
  "period_end",
  CAST(CAST(COALESCE("count_of_won_deals", 0) AS DECIMAL(38, 8)) AS DECIMAL(38, 12)) AS "value"
FROM (
  SELECT
    "m"."participant",
    "m"."every",
    "m"."period_start",
    "m"."period_end",
    "t0"."value" AS "count_of_won_deals"
  FROM "member_periods" AS "m"
  LEFT JOIN "count_of_won_deals_by_period" AS "t0"
    ON "t0"."participant" = "m"."participant"
    AND "t0"."every" = "m"."every"
    AND "t0"."period_end" = "m"."period_end"
  WHERE
    "m"."every" = 'quarter'
) AS "r"
UNION ALL
SELECT
  "participant",
  'closed_deals' AS "measure",
  "every",
  "period_start",
  "period_end",
  CAST(CAST(COALESCE("count_of_closed_deals", 0) AS DECIMAL(38, 8)) AS DECIMAL(38, 12)) AS "value"
FROM (
  SELECT
    "m"."participant",
    "m"."every",
    "m"."period_start",
    "m"."period_end",
    "t0"."value" AS "count_of_closed_deals"
  FROM "member_periods" AS "m"
  LEFT JOIN "count_of_closed_deals_by_period" AS "t0"
    ON "t0"."participant" = "m"."participant"
    AND "t0"."every" = "m"."every"
    AND "t0"."period_end" = "m"."period_end"
  WHERE
    "m"."every" = 'quarter'
) AS "r"
UNION ALL
SELECT
  "participant",
  'win_rate' AS "measure",
  "every",
  "period_start",
  "period_end",
  CAST((
    CAST((
      (
        (
          ABS(
            CAST(CAST((
              CAST((
                CAST(COALESCE("count_of_won_deals", 0) AS DECIMAL(38, 8)) * 1000000
              ) AS DECIMAL(38, 2)) * 100
            ) AS DECIMAL(38, 0)) AS INT128) * 2000000000000
          ) + ABS(
            CAST(CAST((
              CAST((
                CAST(COALESCE("count_of_closed_deals", 0) AS DECIMAL(38, 8)) * 1000000
              ) AS DECIMAL(38, 2)) * 100
            ) AS DECIMAL(38, 0)) AS INT128) * 1
          )
        ) // NULLIF(
          ABS(
            CAST(CAST((
              CAST((
                CAST(COALESCE("count_of_closed_deals", 0) AS DECIMAL(38, 8)) * 1000000
              ) AS DECIMAL(38, 2)) * 100
            ) AS DECIMAL(38, 0)) AS INT128) * 1
          ) * 2,
          0
        )
      ) * (
        SIGN(CAST(COALESCE("count_of_won_deals", 0) AS DECIMAL(38, 8))) * SIGN(CAST(COALESCE("count_of_closed_deals", 0) AS DECIMAL(38, 8)))
      )
    ) AS DECIMAL(38, 0)) * CAST(0.000000000001 AS DECIMAL(12, 12))
  ) AS DECIMAL(38, 12)) AS "value"
FROM (
  SELECT
    "m"."participant",
    "m"."every",
    "m"."period_start",
    "m"."period_end",
    "t0"."value" AS "count_of_won_deals",
    "t1"."value" AS "count_of_closed_deals"
  FROM "member_periods" AS "m"
  LEFT JOIN "count_of_won_deals_by_period" AS "t0"
    ON "t0"."participant" = "m"."participant"
    AND "t0"."every" = "m"."every"
    AND "t0"."period_end" = "m"."period_end"
  LEFT JOIN "count_of_closed_deals_by_period" AS "t1"
    ON "t1"."participant" = "m"."participant"
    AND "t1"."every" = "m"."every"
    AND "t1"."period_end" = "m"."period_end"
  WHERE
    "m"."every" = 'quarter'
) AS "r";

-- attainment: measure ÷ quota: one row per participant, measure and period that has a quota
CREATE TEMP TABLE "attainment" AS
SELECT
  "v"."participant",
  "v"."measure",
  "v"."period_start",
  "v"."period_end",
  "v"."value",
  "q"."quota",
  CAST((
    CAST((
      (
        (
          ABS(
            CAST(CAST((
              CAST((
                CAST("v"."value" AS DECIMAL(38, 12)) * 1000000
              ) AS DECIMAL(38, 6)) * 1000000
            ) AS DECIMAL(38, 0)) AS INT128) * 200
          ) + ABS(
            CAST(CAST((
              CAST("q"."quota" AS DECIMAL(38, 2)) * 100
            ) AS DECIMAL(38, 0)) AS INT128) * 1
          )
        ) // NULLIF(
          ABS(
            CAST(CAST((
              CAST("q"."quota" AS DECIMAL(38, 2)) * 100
            ) AS DECIMAL(38, 0)) AS INT128) * 1
          ) * 2,
          0
        )
      ) * (
        SIGN("v"."value") * SIGN("q"."quota")
      )
    ) AS DECIMAL(38, 0)) * CAST(0.000000000001 AS DECIMAL(12, 12))
  ) AS DECIMAL(38, 12)) AS "attainment"
FROM "measured" AS "v"
JOIN "quota_cells" AS "q"
  ON "q"."participant" = "v"."participant"
  AND "q"."measure" = "v"."measure"
  AND "q"."every" = "v"."every"
  AND "q"."period_end" = "v"."period_end";

-- basis_1: what New business pays on
CREATE TEMP TABLE "basis_1" AS
SELECT
  "v"."participant",
  "v"."period_start",
  "v"."period_end",
  "v"."period_start" AS "from_day",
  "v"."period_end" AS "until_day",
  "v"."value" AS "value",
  "v"."value" AS "running",
  "v"."value" AS "total",
  "q"."quota" AS "quota"
FROM "measured" AS "v"
LEFT JOIN "quota_cells" AS "q"
  ON "q"."participant" = "v"."participant"
  AND "q"."every" = "v"."every"
  AND "q"."period_end" = "v"."period_end"
  AND "q"."measure" = "v"."measure"
WHERE
  "v"."measure" = 'bookings' AND "v"."every" = 'quarter';

-- earned_1: what New business earns
CREATE TEMP TABLE "earned_1" AS
SELECT
  "b"."participant",
  'New business' AS "component",
  "b"."period_start",
  "b"."period_end",
  "b"."total" AS "measure_value",
  "b"."quota" AS "quota",
  COALESCE(
    CAST(CASE
      WHEN CAST("b"."quota" AS DECIMAL(38, 2)) > CAST(0 AS DECIMAL(38, 2))
      THEN CAST(CASE
        WHEN CAST("b"."total" AS DECIMAL(38, 12)) > CAST((
          CAST("b"."quota" AS DECIMAL(38, 2)) * CAST(1.5 AS DECIMAL(2, 1))
        ) AS DECIMAL(38, 12))
        THEN CAST(0.12 AS DECIMAL(2, 2))
        WHEN CAST("b"."total" AS DECIMAL(38, 12)) > CAST((
          CAST("b"."quota" AS DECIMAL(38, 2)) * CAST(1 AS DECIMAL(1, 0))
        ) AS DECIMAL(38, 12))
        THEN CAST(0.09 AS DECIMAL(2, 2))
        ELSE CAST(0.06 AS DECIMAL(2, 2))
      END AS DECIMAL(2, 2))
      ELSE CAST(0 AS DECIMAL(2, 2))
    END AS DECIMAL(2, 2)),
    CAST(0 AS DECIMAL(2, 2))
  ) AS "rate",
  CAST(ROUND(
    CAST(COALESCE(
      CAST(CASE
        WHEN CAST("b"."quota" AS DECIMAL(38, 2)) > CAST(0 AS DECIMAL(38, 2))
        THEN CAST((
          CAST((
            CAST(LEAST(
              CAST("b"."running" AS DECIMAL(38, 12)),
              CAST((
                CAST("b"."quota" AS DECIMAL(38, 2)) * CAST(1 AS DECIMAL(1, 0))
              ) AS DECIMAL(38, 12))
            ) AS DECIMAL(38, 12)) * CAST(0.06 AS DECIMAL(2, 2))
          ) AS DECIMAL(38, 14)) + CAST((
            CAST(GREATEST(
              CAST((
                CAST(LEAST(
                  CAST("b"."running" AS DECIMAL(38, 12)),
                  CAST((
                    CAST("b"."quota" AS DECIMAL(38, 2)) * CAST(1.5 AS DECIMAL(2, 1))
                  ) AS DECIMAL(38, 12))
                ) AS DECIMAL(38, 12)) - CAST((
                  CAST("b"."quota" AS DECIMAL(38, 2)) * CAST(1 AS DECIMAL(1, 0))
                ) AS DECIMAL(38, 12))
              ) AS DECIMAL(38, 12)),
              CAST(0 AS DECIMAL(38, 12))
            ) AS DECIMAL(38, 12)) * CAST(0.09 AS DECIMAL(2, 2))
          ) AS DECIMAL(38, 14)) + CAST((
            CAST(GREATEST(
              CAST((
                CAST("b"."running" AS DECIMAL(38, 12)) - CAST((
                  CAST("b"."quota" AS DECIMAL(38, 2)) * CAST(1.5 AS DECIMAL(2, 1))
                ) AS DECIMAL(38, 12))
              ) AS DECIMAL(38, 12)),
              CAST(0 AS DECIMAL(38, 12))
            ) AS DECIMAL(38, 12)) * CAST(0.12 AS DECIMAL(2, 2))
          ) AS DECIMAL(38, 14))
        ) AS DECIMAL(38, 14))
        ELSE CAST(0 AS DECIMAL(38, 14))
      END AS DECIMAL(38, 14)),
      CAST(0 AS DECIMAL(38, 14))
    ) AS DECIMAL(38, 14)),
    2
  ) AS DECIMAL(38, 2)) AS "amount"
FROM "basis_1" AS "b";

-- basis_2: what Win rate bonus pays on
CREATE TEMP TABLE "basis_2" AS
SELECT
  "v"."participant",
  "v"."period_start",
  "v"."period_end",
  "v"."period_start" AS "from_day",
  "v"."period_end" AS "until_day",
  "v"."value" AS "value",
  "v"."value" AS "running",
  "v"."value" AS "total",
  CAST(NULL AS DECIMAL(38, 0)) AS "quota"
FROM "measured" AS "v"
WHERE
  "v"."measure" = 'win_rate' AND "v"."every" = 'quarter';

-- earned_2: what Win rate bonus earns
CREATE TEMP TABLE "earned_2" AS
SELECT
  "b"."participant",
  'Win rate bonus' AS "component",
  "b"."period_start",
  "b"."period_end",
  "b"."total" AS "measure_value",
  "b"."quota" AS "quota",
  CAST(NULL AS DECIMAL(38, 0)) AS "rate",
  CAST(COALESCE(
    CAST(CASE
      WHEN NOT "b"."running" IS NULL
      THEN CAST(CASE
        WHEN CAST("b"."running" AS DECIMAL(38, 12)) >= CAST(0.3 AS DECIMAL(38, 12))
        THEN CAST(1500 AS DECIMAL(4, 0))
        ELSE CAST(0 AS DECIMAL(4, 0))
      END AS DECIMAL(4, 0))
      ELSE CAST(0 AS DECIMAL(4, 0))
    END AS DECIMAL(4, 0)),
    CAST(0 AS DECIMAL(4, 0))
  ) AS DECIMAL(6, 2)) AS "amount"
FROM "basis_2" AS "b";

-- earnings: one row per participant, component and period, rounded once
CREATE TEMP TABLE "earnings" AS
SELECT
  "participant",
  "component",
  "period_start",
  "period_end",
  CAST("measure_value" AS DECIMAL(38, 12)) AS "measure_value",
  CAST("quota" AS DECIMAL(38, 2)) AS "quota",
  CAST("rate" AS DECIMAL(38, 2)) AS "rate",
  CAST("amount" AS DECIMAL(38, 2)) AS "amount",
  'USD' AS "currency"
FROM (
  SELECT
    *
  FROM "earned_1"
) AS "e"
UNION ALL
SELECT
  "participant",
  "component",
  "period_start",
  "period_end",
  CAST("measure_value" AS DECIMAL(38, 12)) AS "measure_value",
  CAST("quota" AS DECIMAL(38, 2)) AS "quota",
  CAST("rate" AS DECIMAL(38, 2)) AS "rate",
  CAST("amount" AS DECIMAL(38, 2)) AS "amount",
  'USD' AS "currency"
FROM (
  SELECT
    *
  FROM "earned_2"
) AS "e";

-- payouts: one row per participant and period of payment; an earning is paid when its own period ends
CREATE TEMP TABLE "payouts" AS
SELECT
  "e"."participant",
  COALESCE("p"."period_start", "e"."period_start") AS "period_start",
  "e"."period_end",
  CAST(SUM("e"."amount") AS DECIMAL(38, 2)) AS "amount",
  "e"."currency"
FROM "earnings" AS "e"
LEFT JOIN "periods" AS "p"
  ON "p"."every" = 'quarter' AND "p"."period_end" = "e"."period_end"
GROUP BY
  1,
  2,
  3,
  5;

-- credits: one row per participant, measure and fact, with the reason
CREATE TEMP TABLE "credits" AS
SELECT
  "r"."participant",
  "r"."measure",
  "r"."fact",
  "r"."date",
  CAST("r"."amount" AS DECIMAL(38, 12)) AS "amount",
  "r"."split",
  "r"."kind",
  "r"."reason"
FROM (
  SELECT
    *,
    'bookings' AS "measure"
  FROM (
    SELECT
      COALESCE("s"."participant", "f"."participant") AS "participant",
      "f"."order" AS "fact",
      "d"."day" AS "date",
      "d"."month",
      "d"."quarter",
      "d"."year",
      COALESCE(
        CAST((
          CAST("f"."amount" AS DECIMAL(38, 2)) * CAST((
            CAST(COALESCE("s"."share", CAST(100 AS DECIMAL(38, 6))) AS DECIMAL(38, 6)) * CAST(0.01 AS DECIMAL(2, 2))
          ) AS DECIMAL(38, 8))
        ) AS DECIMAL(38, 12)),
        CAST(0 AS DECIMAL(38, 12))
      ) AS "amount",
      COALESCE("s"."share", 100) AS "split",
      CASE WHEN NOT "s"."participant" IS NULL THEN 'split' ELSE 'direct' END AS "kind",
      CASE
        WHEN NOT "s"."participant" IS NULL
        THEN RTRIM(RTRIM(CAST("s"."share" AS TEXT), '0'), '.') || ' % of orders ' || "f"."order"
        ELSE 'owner of orders ' || "f"."order"
      END AS "reason"
    FROM "orders" AS "f"
    LEFT JOIN "splits" AS "s"
      ON "s"."fact_table" = 'orders'
      AND "s"."fact" = "f"."order"
      AND COALESCE("s"."kind", 'revenue') = 'revenue'
    JOIN "days" AS "d"
      ON "d"."day" = "f"."date"
    WHERE
      NOT COALESCE("s"."participant", "f"."participant") IS NULL
  ) AS "r"
  UNION ALL
  SELECT
    *,
    'won_deals' AS "measure"
  FROM (
    SELECT
      COALESCE("s"."participant", "f"."participant") AS "participant",
      "f"."opportunity" AS "fact",
      "d"."day" AS "date",
      "d"."month",
      "d"."quarter",
      "d"."year",
      COALESCE(
        CAST((
          CAST(1 AS DECIMAL(38, 0)) * CAST((
            CAST(COALESCE("s"."share", CAST(100 AS DECIMAL(38, 6))) AS DECIMAL(38, 6)) * CAST(0.01 AS DECIMAL(2, 2))
          ) AS DECIMAL(38, 8))
        ) AS DECIMAL(38, 12)),
        CAST(0 AS DECIMAL(38, 12))
      ) AS "amount",
      COALESCE("s"."share", 100) AS "split",
      CASE WHEN NOT "s"."participant" IS NULL THEN 'split' ELSE 'direct' END AS "kind",
      CASE
        WHEN NOT "s"."participant" IS NULL
        THEN RTRIM(RTRIM(CAST("s"."share" AS TEXT), '0'), '.') || ' % of opportunities ' || "f"."opportunity"
        ELSE 'owner of opportunities ' || "f"."opportunity"
      END AS "reason"
    FROM "opportunities" AS "f"
    LEFT JOIN "splits" AS "s"
      ON "s"."fact_table" = 'opportunities'
      AND "s"."fact" = "f"."opportunity"
      AND COALESCE("s"."kind", 'revenue') = 'revenue'
    JOIN "days" AS "d"
      ON "d"."day" = "f"."close_date"
    WHERE
      NOT COALESCE("s"."participant", "f"."participant") IS NULL
      AND (
        "f"."stage" = 'won'
      )
  ) AS "r"
  UNION ALL
  SELECT
    *,
    'closed_deals' AS "measure"
  FROM (
    SELECT
      COALESCE("s"."participant", "f"."participant") AS "participant",
      "f"."opportunity" AS "fact",
      "d"."day" AS "date",
      "d"."month",
      "d"."quarter",
      "d"."year",
      COALESCE(
        CAST((
          CAST(1 AS DECIMAL(38, 0)) * CAST((
            CAST(COALESCE("s"."share", CAST(100 AS DECIMAL(38, 6))) AS DECIMAL(38, 6)) * CAST(0.01 AS DECIMAL(2, 2))
          ) AS DECIMAL(38, 8))
        ) AS DECIMAL(38, 12)),
        CAST(0 AS DECIMAL(38, 12))
      ) AS "amount",
      COALESCE("s"."share", 100) AS "split",
      CASE WHEN NOT "s"."participant" IS NULL THEN 'split' ELSE 'direct' END AS "kind",
      CASE
        WHEN NOT "s"."participant" IS NULL
        THEN RTRIM(RTRIM(CAST("s"."share" AS TEXT), '0'), '.') || ' % of opportunities ' || "f"."opportunity"
        ELSE 'owner of opportunities ' || "f"."opportunity"
      END AS "reason"
    FROM "opportunities" AS "f"
    LEFT JOIN "splits" AS "s"
      ON "s"."fact_table" = 'opportunities'
      AND "s"."fact" = "f"."opportunity"
      AND COALESCE("s"."kind", 'revenue') = 'revenue'
    JOIN "days" AS "d"
      ON "d"."day" = "f"."close_date"
    WHERE
      NOT COALESCE("s"."participant", "f"."participant") IS NULL
      AND (
        "f"."stage" IN ('won', 'lost')
      )
  ) AS "r"
) AS "r"
JOIN "members" AS "m"
  ON "m"."participant" = "r"."participant"
  AND "m"."from_day" <= "r"."date"
  AND "r"."date" < "m"."until_day";

-- lines: every deal's part of every earning: one row per participant, component, period and fact
CREATE TEMP TABLE "lines" AS
SELECT
  "l"."participant",
  'New business' AS "component",
  "l"."period_start",
  "l"."period_end",
  "l"."fact",
  "l"."date",
  CAST("l"."credit" AS DECIMAL(38, 12)) AS "credit",
  CAST((
    CAST(ROUND(
      CAST(COALESCE(
        CAST(CASE
          WHEN CAST("l"."quota" AS DECIMAL(8, 2)) > CAST(0 AS DECIMAL(8, 2))
          THEN CAST((
            CAST((
              CAST(LEAST(
                CAST("l"."running" AS DECIMAL(38, 12)),
                CAST((
                  CAST("l"."quota" AS DECIMAL(8, 2)) * CAST(1 AS DECIMAL(1, 0))
                ) AS DECIMAL(38, 12))
              ) AS DECIMAL(38, 12)) * CAST(0.06 AS DECIMAL(2, 2))
            ) AS DECIMAL(38, 14)) + CAST((
              CAST(GREATEST(
                CAST((
                  CAST(LEAST(
                    CAST("l"."running" AS DECIMAL(38, 12)),
                    CAST((
                      CAST("l"."quota" AS DECIMAL(8, 2)) * CAST(1.5 AS DECIMAL(2, 1))
                    ) AS DECIMAL(38, 12))
                  ) AS DECIMAL(38, 12)) - CAST((
                    CAST("l"."quota" AS DECIMAL(8, 2)) * CAST(1 AS DECIMAL(1, 0))
                  ) AS DECIMAL(38, 12))
                ) AS DECIMAL(38, 12)),
                CAST(0 AS DECIMAL(38, 12))
              ) AS DECIMAL(38, 12)) * CAST(0.09 AS DECIMAL(2, 2))
            ) AS DECIMAL(38, 14)) + CAST((
              CAST(GREATEST(
                CAST((
                  CAST("l"."running" AS DECIMAL(38, 12)) - CAST((
                    CAST("l"."quota" AS DECIMAL(8, 2)) * CAST(1.5 AS DECIMAL(2, 1))
                  ) AS DECIMAL(38, 12))
                ) AS DECIMAL(38, 12)),
                CAST(0 AS DECIMAL(38, 12))
              ) AS DECIMAL(38, 12)) * CAST(0.12 AS DECIMAL(2, 2))
            ) AS DECIMAL(38, 14))
          ) AS DECIMAL(38, 14))
          ELSE CAST(0 AS DECIMAL(38, 14))
        END AS DECIMAL(38, 14)),
        CAST(0 AS DECIMAL(38, 14))
      ) AS DECIMAL(38, 14)),
      2
    ) AS DECIMAL(10, 2)) - CAST(ROUND(
      CAST(COALESCE(
        CAST(CASE
          WHEN CAST("l"."quota" AS DECIMAL(8, 2)) > CAST(0 AS DECIMAL(8, 2))
          THEN CAST((
            CAST((
              CAST(LEAST(
                CAST((
                  CAST("l"."running" AS DECIMAL(38, 12)) - CAST("l"."credit" AS DECIMAL(38, 12))
                ) AS DECIMAL(38, 12)),
                CAST((
                  CAST("l"."quota" AS DECIMAL(8, 2)) * CAST(1 AS DECIMAL(1, 0))
                ) AS DECIMAL(38, 12))
              ) AS DECIMAL(38, 12)) * CAST(0.06 AS DECIMAL(2, 2))
            ) AS DECIMAL(38, 14)) + CAST((
              CAST(GREATEST(
                CAST((
                  CAST(LEAST(
                    CAST((
                      CAST("l"."running" AS DECIMAL(38, 12)) - CAST("l"."credit" AS DECIMAL(38, 12))
                    ) AS DECIMAL(38, 12)),
                    CAST((
                      CAST("l"."quota" AS DECIMAL(8, 2)) * CAST(1.5 AS DECIMAL(2, 1))
                    ) AS DECIMAL(38, 12))
                  ) AS DECIMAL(38, 12)) - CAST((
                    CAST("l"."quota" AS DECIMAL(8, 2)) * CAST(1 AS DECIMAL(1, 0))
                  ) AS DECIMAL(38, 12))
                ) AS DECIMAL(38, 12)),
                CAST(0 AS DECIMAL(38, 12))
              ) AS DECIMAL(38, 12)) * CAST(0.09 AS DECIMAL(2, 2))
            ) AS DECIMAL(38, 14)) + CAST((
              CAST(GREATEST(
                CAST((
                  CAST((
                    CAST("l"."running" AS DECIMAL(38, 12)) - CAST("l"."credit" AS DECIMAL(38, 12))
                  ) AS DECIMAL(38, 12)) - CAST((
                    CAST("l"."quota" AS DECIMAL(8, 2)) * CAST(1.5 AS DECIMAL(2, 1))
                  ) AS DECIMAL(38, 12))
                ) AS DECIMAL(38, 12)),
                CAST(0 AS DECIMAL(38, 12))
              ) AS DECIMAL(38, 12)) * CAST(0.12 AS DECIMAL(2, 2))
            ) AS DECIMAL(38, 14))
          ) AS DECIMAL(38, 14))
          ELSE CAST(0 AS DECIMAL(38, 14))
        END AS DECIMAL(38, 14)),
        CAST(0 AS DECIMAL(38, 14))
      ) AS DECIMAL(38, 14)),
      2
    ) AS DECIMAL(10, 2))
  ) AS DECIMAL(38, 2)) AS "amount",
  'USD' AS "currency"
FROM (
  SELECT
    "c".*,
    CAST("e"."added" + SUM("c"."credit") OVER (
      PARTITION BY "c"."participant", "c"."date"
      ORDER BY "c"."fact", "c"."credit"
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS DECIMAL(38, 12)) AS "running"
  FROM (
    SELECT
      "b"."participant",
      "b"."period_start",
      "b"."period_end",
      "b"."total",
      "b"."quota",
      "r"."fact",
      "r"."date",
      "r"."amount" AS "credit"
    FROM (
      SELECT
        *,
        'bookings' AS "measure"
      FROM (
        SELECT
          COALESCE("s"."participant", "f"."participant") AS "participant",
          "f"."order" AS "fact",
          "d"."day" AS "date",
          "d"."month",
          "d"."quarter",
          "d"."year",
          COALESCE(
            CAST((
              CAST("f"."amount" AS DECIMAL(38, 2)) * CAST((
                CAST(COALESCE("s"."share", CAST(100 AS DECIMAL(38, 6))) AS DECIMAL(38, 6)) * CAST(0.01 AS DECIMAL(2, 2))
              ) AS DECIMAL(38, 8))
            ) AS DECIMAL(38, 12)),
            CAST(0 AS DECIMAL(38, 12))
          ) AS "amount",
          COALESCE("s"."share", 100) AS "split",
          CASE WHEN NOT "s"."participant" IS NULL THEN 'split' ELSE 'direct' END AS "kind",
          CASE
            WHEN NOT "s"."participant" IS NULL
            THEN RTRIM(RTRIM(CAST("s"."share" AS TEXT), '0'), '.') || ' % of orders ' || "f"."order"
            ELSE 'owner of orders ' || "f"."order"
          END AS "reason"
        FROM "orders" AS "f"
        LEFT JOIN "splits" AS "s"
          ON "s"."fact_table" = 'orders'
          AND "s"."fact" = "f"."order"
          AND COALESCE("s"."kind", 'revenue') = 'revenue'
        JOIN "days" AS "d"
          ON "d"."day" = "f"."date"
        WHERE
          (
            NOT COALESCE("s"."participant", "f"."participant") IS NULL
          )
          AND "f"."date" >= CAST('2026-01-01' AS DATE)
          AND "f"."date" < CAST('2026-04-01' AS DATE)
      ) AS "r"
    ) AS "r"
    JOIN "basis_1" AS "b"
      ON "r"."participant" = "b"."participant" AND "b"."period_start" = "r"."quarter"
    JOIN "members" AS "m"
      ON "m"."participant" = "r"."participant"
      AND "m"."from_day" <= "r"."date"
      AND "r"."date" < "m"."until_day"
  ) AS "c"
  JOIN (
    SELECT
      "d"."participant",
      "d"."date",
      "d"."period_end",
      SUM("d"."added") OVER (
        PARTITION BY "d"."participant", "d"."period_end"
        ORDER BY "d"."date"
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - "d"."added" AS "added"
    FROM (
      SELECT
        "r"."participant",
        "r"."period_end",
        "r"."date",
        SUM("r"."credit") AS "added"
      FROM (
        SELECT
          "b"."participant",
          "b"."period_start",
          "b"."period_end",
          "b"."total",
          "b"."quota",
          "r"."fact",
          "r"."date",
          "r"."amount" AS "credit"
        FROM (
          SELECT
            *,
            'bookings' AS "measure"
          FROM (
            SELECT
              COALESCE("s"."participant", "f"."participant") AS "participant",
              "f"."order" AS "fact",
              "d"."day" AS "date",
              "d"."month",
              "d"."quarter",
              "d"."year",
              COALESCE(
                CAST((
                  CAST("f"."amount" AS DECIMAL(38, 2)) * CAST((
                    CAST(COALESCE("s"."share", CAST(100 AS DECIMAL(38, 6))) AS DECIMAL(38, 6)) * CAST(0.01 AS DECIMAL(2, 2))
                  ) AS DECIMAL(38, 8))
                ) AS DECIMAL(38, 12)),
                CAST(0 AS DECIMAL(38, 12))
              ) AS "amount",
              COALESCE("s"."share", 100) AS "split",
              CASE WHEN NOT "s"."participant" IS NULL THEN 'split' ELSE 'direct' END AS "kind",
              CASE
                WHEN NOT "s"."participant" IS NULL
                THEN RTRIM(RTRIM(CAST("s"."share" AS TEXT), '0'), '.') || ' % of orders ' || "f"."order"
                ELSE 'owner of orders ' || "f"."order"
              END AS "reason"
            FROM "orders" AS "f"
            LEFT JOIN "splits" AS "s"
              ON "s"."fact_table" = 'orders'
              AND "s"."fact" = "f"."order"
              AND COALESCE("s"."kind", 'revenue') = 'revenue'
            JOIN "days" AS "d"
              ON "d"."day" = "f"."date"
            WHERE
              (
                NOT COALESCE("s"."participant", "f"."participant") IS NULL
              )
              AND "f"."date" >= CAST('2026-01-01' AS DATE)
              AND "f"."date" < CAST('2026-04-01' AS DATE)
          ) AS "r"
        ) AS "r"
        JOIN "basis_1" AS "b"
          ON "r"."participant" = "b"."participant" AND "b"."period_start" = "r"."quarter"
        JOIN "members" AS "m"
          ON "m"."participant" = "r"."participant"
          AND "m"."from_day" <= "r"."date"
          AND "r"."date" < "m"."until_day"
      ) AS "r"
      GROUP BY
        "r"."participant",
        "r"."period_end",
        "r"."date"
    ) AS "d"
  ) AS "e"
    ON "e"."participant" = "c"."participant" AND "e"."date" = "c"."date"
) AS "l"
UNION ALL
SELECT
  "l"."participant",
  'Win rate bonus' AS "component",
  "l"."period_start",
  "l"."period_end",
  CAST(NULL AS TEXT) AS "fact",
  CAST(NULL AS DATE) AS "date",
  CAST(NULL AS DECIMAL(38, 12)) AS "credit",
  CAST("l"."amount" AS DECIMAL(38, 2)) AS "amount",
  'USD' AS "currency"
FROM (
  SELECT
    *
  FROM "earned_2"
) AS "l";
