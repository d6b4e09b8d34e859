-- How many rows of a batch in time break each rule of its suite; every number but the first must be 0.
SELECT
    COUNT(*) AS row_count,
    (SELECT COUNT(*) - 8 FROM pg_attribute WHERE attrelid = 'time'::REGCLASS AND attnum > 0) AS columns,
    COUNT(*) FILTER (WHERE start_time IS NULL) AS start_time,
    COUNT(*) FILTER (WHERE hour IS NULL) AS hour,
    COUNT(*) FILTER (WHERE day IS NULL) AS day,
    COUNT(*) FILTER (WHERE week IS NULL) AS week,
    COUNT(*) FILTER (WHERE month IS NULL) AS month,
    COUNT(*) FILTER (WHERE year IS NULL) AS year,
    COUNT(*) FILTER (WHERE weekday IS NULL) AS weekday,
    COUNT(*) FILTER (WHERE batch_id IS NULL) AS batch_id,
    COUNT(*) FILTER (WHERE start_time < '2000-01-01' OR start_time > LOCALTIMESTAMP + INTERVAL '1 day') AS moments,
    COUNT(*) FILTER (WHERE hour NOT BETWEEN 0 AND 23) AS hours,
    COUNT(*) FILTER (WHERE day NOT BETWEEN 1 AND 31) AS days,
    COUNT(*) FILTER (WHERE week NOT BETWEEN 1 AND 53) AS weeks,
    COUNT(*) FILTER (WHERE month NOT BETWEEN 1 AND 12) AS months,
    COUNT(*) FILTER (WHERE year NOT BETWEEN 2000 AND EXTRACT(YEAR FROM CURRENT_DATE) + 1) AS years,
    COUNT(*) FILTER (WHERE weekday NOT BETWEEN 0 AND 6) AS weekdays,
    COUNT(*) FILTER (
        WHERE hour <> DATE_PART('hour', start_time)
            OR day <> DATE_PART('day', start_time)
            OR week <> DATE_PART('week', start_time)
            OR month <> DATE_PART('month', start_time)
            OR year <> DATE_PART('year', start_time)
            OR weekday <> DATE_PART('dow', start_time)
    ) AS parts,
    COUNT(*) FILTER (WHERE start_time <> DATE_TRUNC('milliseconds', start_time)) AS fractions,
    (
        SELECT COUNT(*)
        FROM (
            SELECT start_time
            FROM time
            WHERE start_time IN (SELECT start_time FROM time WHERE batch_id = %(batch_id)s)
            GROUP BY 1
            HAVING COUNT(*) > 1
        ) AS repeated
    ) AS copies
FROM time
WHERE batch_id = %(batch_id)s
