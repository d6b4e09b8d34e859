-- One row per song, the best first: what could this user play next?
-- Reads songplays. A song's score is how often it came within five places after one of the user's last 20 songs in
-- other people's sessions, plus 10,000 times its share of all plays, half as much again where the user has played its
-- artist. That is as if 10,000 songs had followed as they are played by all: so what follows what decides once enough
-- sessions tell it, and until then the artist and what is popular. The last 20 songs themselves are excluded.
-- Columns: song_title, artist_name; because is follows, artist or popular, the strongest evidence; score.
-- :user_id: the user.
-- :places = 10: how many songs.
WITH mine AS (
    SELECT
        song_title,
        artist_name,
        ROW_NUMBER() OVER (ORDER BY start_time DESC, session_id DESC, item_in_session DESC) AS place
    FROM songplays
    WHERE user_id = :user_id
),

just_played AS (
    SELECT DISTINCT
        song_title,
        artist_name
    FROM mine
    WHERE place <= 20
),

my_artists AS (
    SELECT DISTINCT artist_name
    FROM mine
),

followers AS (
    SELECT
        later.song_title,
        later.artist_name,
        COUNT(*) AS times_followed
    FROM just_played
    INNER JOIN songplays AS earlier
        ON
            just_played.song_title = earlier.song_title
            AND just_played.artist_name = earlier.artist_name
            AND earlier.user_id <> :user_id
    INNER JOIN songplays AS later
        ON
            earlier.user_id = later.user_id
            AND earlier.session_id = later.session_id
            AND later.item_in_session BETWEEN earlier.item_in_session + 1 AND earlier.item_in_session + 5
    GROUP BY later.song_title, later.artist_name
),

plays AS (
    SELECT
        song_title,
        artist_name,
        COUNT(*) AS plays
    FROM songplays
    WHERE song_title IS NOT NULL AND artist_name IS NOT NULL
    GROUP BY song_title, artist_name
),

evidence AS (
    SELECT
        song_title,
        artist_name,
        plays,
        10000 * CAST(plays AS DOUBLE PRECISION) / SUM(plays) OVER () AS popularity,
        0 AS times_followed
    FROM plays
    UNION ALL
    SELECT
        song_title,
        artist_name,
        0 AS plays,
        0 AS popularity,
        times_followed
    FROM followers
),

songs_evidence AS (
    SELECT
        song_title,
        artist_name,
        SUM(plays) AS plays,
        SUM(popularity) AS popularity,
        SUM(times_followed) AS times_followed
    FROM evidence
    GROUP BY song_title, artist_name
),

scored AS (
    SELECT
        songs_evidence.song_title,
        songs_evidence.artist_name,
        songs_evidence.plays,
        CASE
            WHEN songs_evidence.times_followed > 0 THEN 'follows'
            WHEN my_artists.artist_name IS NOT NULL THEN 'artist'
            ELSE 'popular'
        END AS because,
        songs_evidence.times_followed
        + songs_evidence.popularity * CASE WHEN my_artists.artist_name IS NOT NULL THEN 1.5 ELSE 1 END AS score
    FROM songs_evidence
    LEFT JOIN my_artists ON songs_evidence.artist_name = my_artists.artist_name
    LEFT JOIN just_played
        ON
            songs_evidence.song_title = just_played.song_title
            AND songs_evidence.artist_name = just_played.artist_name
    WHERE just_played.song_title IS NULL
)

SELECT
    song_title,
    artist_name,
    because,
    score
FROM scored
ORDER BY score DESC, plays DESC, song_title ASC, artist_name ASC
LIMIT :places;
