-- Made by sequelize 6.37.8, umzug 3.8.3.
SET check_function_bodies = false;

CREATE TABLE public."SequelizeBooks" (
    id integer NOT NULL
);

CREATE TABLE public."SequelizeMeta" (
    name character varying(255) NOT NULL
);

ALTER TABLE ONLY public."SequelizeBooks"
    ADD CONSTRAINT "SequelizeBooks_pkey" PRIMARY KEY (id);

ALTER TABLE ONLY public."SequelizeMeta"
    ADD CONSTRAINT "SequelizeMeta_pkey" PRIMARY KEY (name);
