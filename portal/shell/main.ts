import { applyTheme } from '../state/theme.ts';
import './portal.element.ts';

applyTheme(document.documentElement);
