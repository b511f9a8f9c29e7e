/** The one script of the pages with films. Loaded as a module, once; htmx may swap the screen. */

import { RgFilm } from './elements/rg-film.js';
import { RgFilmBoard } from './elements/rg-film-board.js';
import { RgOutcomes } from './elements/rg-outcomes.js';
import { RgReading } from './elements/rg-reading.js';
import { RgShowing } from './elements/rg-showing.js';

customElements.define('rg-film', RgFilm);
customElements.define('rg-film-board', RgFilmBoard);
customElements.define('rg-reading', RgReading);
customElements.define('rg-outcomes', RgOutcomes);
customElements.define('rg-showing', RgShowing);
